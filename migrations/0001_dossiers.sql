CREATE TABLE "dossier_audit" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"citizen_id" uuid,
	"conversation_id" uuid,
	"officer_id" uuid,
	"code_hash" text NOT NULL,
	"series_hash" text NOT NULL,
	"act" text NOT NULL,
	"result" text NOT NULL,
	"level" smallint,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "dossier_audit_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "dossier_import_rejects" (
	"commune_id" uuid NOT NULL,
	"import_id" uuid NOT NULL,
	"row_number" integer NOT NULL,
	"reasons" jsonb NOT NULL,
	CONSTRAINT "dossier_import_rejects_commune_id_import_id_row_number_pk" PRIMARY KEY("commune_id","import_id","row_number")
);
--> statement-breakpoint
CREATE TABLE "dossier_imports" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"file_name" text NOT NULL,
	"status" text DEFAULT 'reading' NOT NULL,
	"as_of" timestamp with time zone NOT NULL,
	"accepted" integer DEFAULT 0 NOT NULL,
	"rejected" integer DEFAULT 0 NOT NULL,
	"report" jsonb,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "dossier_imports_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "dossier_keys" (
	"commune_id" uuid PRIMARY KEY NOT NULL,
	"sealed_key" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dossier_notices" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"watch_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"change_key" text NOT NULL,
	"facts" jsonb NOT NULL,
	"status" text DEFAULT 'due' NOT NULL,
	"send_at" timestamp with time zone NOT NULL,
	"carrier" text,
	"cost_vnd" bigint,
	"message_id" uuid,
	"tried" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"why_waiting" text,
	"waiting_since" timestamp with time zone,
	"is_seen_by_staff" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"queued_at" timestamp with time zone,
	CONSTRAINT "dossier_notices_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "dossier_poll_paces" (
	"commune_id" uuid PRIMARY KEY NOT NULL,
	"next_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dossier_proofs" (
	"commune_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"code_hash" text NOT NULL,
	"level" smallint NOT NULL,
	"officer_id" uuid,
	"proved_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "dossier_proofs_commune_id_conversation_id_code_hash_pk" PRIMARY KEY("commune_id","conversation_id","code_hash")
);
--> statement-breakpoint
CREATE TABLE "dossier_sources" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"settings" jsonb NOT NULL,
	"secrets" text,
	"state_map" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"live_import_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "dossier_sources_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "dossier_watches" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"citizen_id" uuid NOT NULL,
	"code" text NOT NULL,
	"consent_text" text NOT NULL,
	"consent_turn_id" uuid,
	"consented_at" timestamp with time zone NOT NULL,
	"withdrawn_at" timestamp with time zone,
	"withdrawn_turn_id" uuid,
	"ended_reason" text,
	"last_seen" jsonb,
	"last_seen_at" timestamp with time zone,
	"poll_at" timestamp with time zone,
	"lease_until" timestamp with time zone,
	"failures" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "dossier_watches_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "imported_dossiers" (
	"commune_id" uuid NOT NULL,
	"import_id" uuid NOT NULL,
	"code" text NOT NULL,
	"state" smallint,
	"view" jsonb NOT NULL,
	"id_last4_hash" text,
	"phone_hash" text,
	CONSTRAINT "imported_dossiers_commune_id_import_id_code_pk" PRIMARY KEY("commune_id","import_id","code")
);
--> statement-breakpoint
CREATE TABLE "notice_templates" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"carrier" text NOT NULL,
	"template_id" text NOT NULL,
	"language" text DEFAULT 'vi' NOT NULL,
	"kinds" jsonb NOT NULL,
	"parameters" jsonb NOT NULL,
	"price_vnd" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notice_templates_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "dossier_unknown_states" (
	"commune_id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"word" text NOT NULL,
	"seen" integer DEFAULT 0 NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "dossier_unknown_states_commune_id_source_id_word_pk" PRIMARY KEY("commune_id","source_id","word")
);
--> statement-breakpoint
CREATE INDEX "dossier_audit_citizen" ON "dossier_audit" USING btree ("commune_id","citizen_id","at");--> statement-breakpoint
CREATE INDEX "dossier_audit_code" ON "dossier_audit" USING btree ("commune_id","code_hash","at");--> statement-breakpoint
CREATE INDEX "dossier_audit_time" ON "dossier_audit" USING btree ("commune_id","at");--> statement-breakpoint
CREATE INDEX "dossier_imports_source" ON "dossier_imports" USING btree ("commune_id","source_id","started_at");--> statement-breakpoint
CREATE UNIQUE INDEX "dossier_notices_change" ON "dossier_notices" USING btree ("commune_id","watch_id","change_key");--> statement-breakpoint
CREATE INDEX "dossier_notices_due" ON "dossier_notices" USING btree ("send_at") WHERE status in ('due', 'waiting');--> statement-breakpoint
CREATE INDEX "dossier_notices_queued" ON "dossier_notices" USING btree ("queued_at") WHERE status = 'queued';--> statement-breakpoint
CREATE INDEX "dossier_notices_conversation" ON "dossier_notices" USING btree ("commune_id","conversation_id");--> statement-breakpoint
CREATE UNIQUE INDEX "dossier_sources_name" ON "dossier_sources" USING btree ("commune_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "dossier_watches_open" ON "dossier_watches" USING btree ("commune_id","conversation_id","code") WHERE withdrawn_at is null and ended_reason is null;--> statement-breakpoint
CREATE INDEX "dossier_watches_due" ON "dossier_watches" USING btree ("commune_id","poll_at") WHERE poll_at is not null;--> statement-breakpoint
CREATE INDEX "dossier_watches_code" ON "dossier_watches" USING btree ("commune_id","code") WHERE poll_at is not null;--> statement-breakpoint
CREATE INDEX "dossier_watches_citizen" ON "dossier_watches" USING btree ("commune_id","citizen_id");--> statement-breakpoint
CREATE UNIQUE INDEX "notice_templates_name" ON "notice_templates" USING btree ("commune_id","account_id","carrier","template_id");--> statement-breakpoint
CREATE INDEX "inbox_events_contacts" ON "inbox_events" USING btree ("conversation_id") WHERE kind = 'contact';