CREATE TABLE "officers" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"email" text NOT NULL,
	"name" text DEFAULT '' NOT NULL,
	"title" text DEFAULT '' NOT NULL,
	"role" text NOT NULL,
	"fields" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"presence" text DEFAULT 'here' NOT NULL,
	"last_seen_at" timestamp with time zone,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "officers_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "officers_email" ON "officers" USING btree ("commune_id","email");--> statement-breakpoint
CREATE INDEX "officers_by_email" ON "officers" USING btree ("email");