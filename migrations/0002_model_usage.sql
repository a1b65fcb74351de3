CREATE TABLE "model_usage" (
	"commune_id" uuid NOT NULL,
	"day" date NOT NULL,
	"requests" integer DEFAULT 0 NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"audio_seconds" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "model_usage_commune_id_day_pk" PRIMARY KEY("commune_id","day")
);
