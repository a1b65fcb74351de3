CREATE TABLE "officer_credentials" (
	"commune_id" uuid NOT NULL,
	"officer_id" uuid NOT NULL,
	"password" text NOT NULL,
	"totp_secret" text NOT NULL,
	"totp_last_step" bigint DEFAULT 0 NOT NULL,
	"recovery_codes" jsonb NOT NULL,
	"set_at" timestamp with time zone NOT NULL,
	CONSTRAINT "officer_credentials_commune_id_officer_id_pk" PRIMARY KEY("commune_id","officer_id")
);
--> statement-breakpoint
CREATE TABLE "officer_links" (
	"commune_id" uuid NOT NULL,
	"officer_id" uuid NOT NULL,
	"token_hash" text NOT NULL,
	"purpose" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	CONSTRAINT "officer_links_commune_id_officer_id_token_hash_pk" PRIMARY KEY("commune_id","officer_id","token_hash")
);
--> statement-breakpoint
CREATE TABLE "officer_sessions" (
	"commune_id" uuid NOT NULL,
	"officer_id" uuid NOT NULL,
	"token_hash" text NOT NULL,
	"method" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "officer_sessions_commune_id_officer_id_token_hash_pk" PRIMARY KEY("commune_id","officer_id","token_hash")
);
--> statement-breakpoint
CREATE TABLE "sign_in_failures" (
	"key" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"since" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"commune_id" uuid NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "audit_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone NOT NULL,
	"officer_id" uuid,
	"officer_name" text NOT NULL,
	"act" text NOT NULL,
	"object_kind" text,
	"object_id" text,
	"detail" jsonb,
	CONSTRAINT "audit_log_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE INDEX "officer_links_token" ON "officer_links" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "officer_sessions_token" ON "officer_sessions" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "officer_sessions_expiry" ON "officer_sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "audit_log_time" ON "audit_log" USING btree ("commune_id","at");--> statement-breakpoint
CREATE INDEX "audit_log_object" ON "audit_log" USING btree ("commune_id","object_id");--> statement-breakpoint
-- The log of who read what is append-only: rows are never changed, and only leave when they are older than two years.
CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.at < now() - interval '24 months' THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'audit_log is append-only';
END $$;--> statement-breakpoint
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_is_append_only();
