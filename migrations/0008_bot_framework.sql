CREATE TABLE "bot_framework_chats" (
	"commune_id" uuid NOT NULL,
	"id" text NOT NULL,
	"memory" jsonb NOT NULL,
	"version" integer NOT NULL,
	"last_activity" text NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "bot_framework_chats_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
