CREATE TABLE "fees" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"procedure_code" text NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"scope" text NOT NULL,
	"channel" text NOT NULL,
	"amount_vnd" bigint NOT NULL,
	"unit" text DEFAULT 'hồ sơ' NOT NULL,
	"legal_ref" text NOT NULL,
	"valid_from" date NOT NULL,
	"valid_to" date,
	"exemptions" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "fees_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "payment_accounts" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"method" text NOT NULL,
	"name" text NOT NULL,
	"payee" text NOT NULL,
	"settings" jsonb NOT NULL,
	"secrets" text,
	"notifier" text,
	"notifier_secrets" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "payment_accounts_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "payment_attempts" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"ref" text NOT NULL,
	"order_id" uuid NOT NULL,
	"method" text NOT NULL,
	"account_id" uuid,
	"amount_vnd" bigint NOT NULL,
	"description" text NOT NULL,
	"payer_ip" text DEFAULT '' NOT NULL,
	"status" text DEFAULT 'created' NOT NULL,
	"gateway_txn" text,
	"code" text,
	"paid_at" timestamp with time zone,
	"is_late" boolean DEFAULT false NOT NULL,
	"issue" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"check_at" timestamp with time zone,
	"checks" integer DEFAULT 0 NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "payment_attempts_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "payment_audit" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"officer_id" uuid,
	"act" text NOT NULL,
	"order_id" uuid,
	"attempt_id" uuid,
	"detail" jsonb NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "payment_audit_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "payment_callbacks" (
	"commune_id" uuid,
	"id" uuid PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"ref" text,
	"attempt_id" uuid,
	"result" text NOT NULL,
	"raw" text NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payment_exemptions" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"order_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	"group_name" text NOT NULL,
	"reduced_vnd" bigint NOT NULL,
	"proof" text NOT NULL,
	"legal_ref" text NOT NULL,
	"officer_id" uuid NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "payment_exemptions_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "payment_items" (
	"commune_id" uuid NOT NULL,
	"order_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"quantity" integer DEFAULT 1 NOT NULL,
	"unit_vnd" bigint NOT NULL,
	"reduced_vnd" bigint DEFAULT 0 NOT NULL,
	"fee_id" uuid,
	"legal_ref" text,
	CONSTRAINT "payment_items_commune_id_order_id_position_pk" PRIMARY KEY("commune_id","order_id","position")
);
--> statement-breakpoint
CREATE TABLE "payment_links" (
	"commune_id" uuid NOT NULL,
	"token_hash" text NOT NULL,
	"order_id" uuid NOT NULL,
	"conversation_id" uuid,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "payment_links_token_hash_pk" PRIMARY KEY("token_hash")
);
--> statement-breakpoint
CREATE TABLE "payment_methods" (
	"commune_id" uuid NOT NULL,
	"method" text NOT NULL,
	"account_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	CONSTRAINT "payment_methods_commune_id_method_pk" PRIMARY KEY("commune_id","method")
);
--> statement-breakpoint
CREATE TABLE "payment_orders" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"conversation_id" uuid,
	"citizen_id" uuid,
	"dossier_number" text,
	"procedure_code" text,
	"purpose" text NOT NULL,
	"amount_vnd" bigint NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"source" text NOT NULL,
	"source_key" text,
	"officer_id" uuid,
	"pay_by" timestamp with time zone,
	"paid_at" timestamp with time zone,
	"paid_attempt_id" uuid,
	"confirmed_at" timestamp with time zone,
	"issue" text,
	"receipts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "payment_orders_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "payment_refunds" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"transaction_id" uuid NOT NULL,
	"attempt_id" uuid,
	"order_id" uuid,
	"amount_vnd" bigint NOT NULL,
	"reason" text NOT NULL,
	"way" text NOT NULL,
	"status" text NOT NULL,
	"requested_by" uuid NOT NULL,
	"requested_at" timestamp with time zone NOT NULL,
	"decided_by" uuid,
	"decided_at" timestamp with time zone,
	"code" text,
	"evidence" text,
	"send_at" timestamp with time zone,
	"tries" integer DEFAULT 0 NOT NULL,
	"done_at" timestamp with time zone,
	CONSTRAINT "payment_refunds_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "payment_transactions" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"account_id" uuid,
	"method" text NOT NULL,
	"gateway_txn" text NOT NULL,
	"bank_ref" text,
	"attempt_id" uuid,
	"order_id" uuid,
	"ref" text,
	"direction" text DEFAULT 'in' NOT NULL,
	"amount_vnd" bigint NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"source" text NOT NULL,
	"class" text NOT NULL,
	"words" text,
	"resolved_at" timestamp with time zone,
	"resolved_by" uuid,
	"resolution" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "payment_transactions_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "payment_units" (
	"commune_id" uuid PRIMARY KEY NOT NULL,
	"code" text NOT NULL,
	CONSTRAINT "payment_units_code_unique" UNIQUE("code")
);
--> statement-breakpoint
CREATE TABLE "reconciliation_rows" (
	"commune_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"class" text NOT NULL,
	"action" text NOT NULL,
	"attempt_id" uuid,
	"ref" text,
	"gateway_txn" text,
	"ours_vnd" bigint,
	"theirs_vnd" bigint,
	"ours_state" text,
	"theirs_state" text,
	"at" timestamp with time zone,
	"line" integer,
	CONSTRAINT "reconciliation_rows_commune_id_run_id_position_pk" PRIMARY KEY("commune_id","run_id","position")
);
--> statement-breakpoint
CREATE TABLE "reconciliation_runs" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"account_id" uuid,
	"method" text NOT NULL,
	"day" date NOT NULL,
	"file_name" text NOT NULL,
	"officer_id" uuid,
	"totals" jsonb NOT NULL,
	"ours_vnd" bigint NOT NULL,
	"theirs_vnd" bigint NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "reconciliation_runs_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "fees_rule" ON "fees" USING btree ("commune_id","procedure_code","kind","name","scope","channel","valid_from");--> statement-breakpoint
CREATE UNIQUE INDEX "payment_accounts_id" ON "payment_accounts" USING btree ("id");--> statement-breakpoint
CREATE UNIQUE INDEX "payment_accounts_name" ON "payment_accounts" USING btree ("commune_id","method","name");--> statement-breakpoint
CREATE UNIQUE INDEX "payment_attempts_ref" ON "payment_attempts" USING btree ("ref");--> statement-breakpoint
CREATE INDEX "payment_attempts_order" ON "payment_attempts" USING btree ("commune_id","order_id");--> statement-breakpoint
CREATE INDEX "payment_attempts_check" ON "payment_attempts" USING btree ("check_at") WHERE check_at is not null;--> statement-breakpoint
CREATE INDEX "payment_attempts_open" ON "payment_attempts" USING btree ("expires_at") WHERE status in ('created', 'pending');--> statement-breakpoint
CREATE INDEX "payment_attempts_day" ON "payment_attempts" USING btree ("commune_id","method","created_at");--> statement-breakpoint
CREATE INDEX "payment_attempts_issue" ON "payment_attempts" USING btree ("commune_id","created_at") WHERE issue is not null;--> statement-breakpoint
CREATE INDEX "payment_audit_order" ON "payment_audit" USING btree ("commune_id","order_id");--> statement-breakpoint
CREATE INDEX "payment_audit_time" ON "payment_audit" USING btree ("commune_id","at");--> statement-breakpoint
CREATE INDEX "payment_callbacks_attempt" ON "payment_callbacks" USING btree ("commune_id","attempt_id");--> statement-breakpoint
CREATE INDEX "payment_callbacks_time" ON "payment_callbacks" USING btree ("at");--> statement-breakpoint
CREATE INDEX "payment_exemptions_order" ON "payment_exemptions" USING btree ("commune_id","order_id");--> statement-breakpoint
CREATE INDEX "payment_links_order" ON "payment_links" USING btree ("commune_id","order_id");--> statement-breakpoint
CREATE INDEX "payment_methods_account" ON "payment_methods" USING btree ("account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "payment_orders_source" ON "payment_orders" USING btree ("commune_id","source_key");--> statement-breakpoint
CREATE INDEX "payment_orders_conversation" ON "payment_orders" USING btree ("commune_id","conversation_id","created_at");--> statement-breakpoint
CREATE INDEX "payment_orders_dossier" ON "payment_orders" USING btree ("commune_id","dossier_number");--> statement-breakpoint
CREATE INDEX "payment_orders_issue" ON "payment_orders" USING btree ("commune_id","created_at") WHERE issue is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "payment_refunds_open" ON "payment_refunds" USING btree ("commune_id","transaction_id") WHERE status in ('requested', 'approved', 'sent');--> statement-breakpoint
CREATE INDEX "payment_refunds_send" ON "payment_refunds" USING btree ("send_at") WHERE send_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "payment_transactions_number" ON "payment_transactions" USING btree ("account_id","gateway_txn","direction");--> statement-breakpoint
CREATE UNIQUE INDEX "payment_transactions_desk" ON "payment_transactions" USING btree ("commune_id","method","gateway_txn","direction") WHERE account_id is null;--> statement-breakpoint
CREATE UNIQUE INDEX "payment_transactions_bank_ref" ON "payment_transactions" USING btree ("account_id","bank_ref","amount_vnd","direction") WHERE bank_ref is not null;--> statement-breakpoint
CREATE INDEX "payment_transactions_attempt" ON "payment_transactions" USING btree ("commune_id","attempt_id");--> statement-breakpoint
CREATE INDEX "payment_transactions_day" ON "payment_transactions" USING btree ("commune_id","method","at");--> statement-breakpoint
CREATE INDEX "payment_transactions_account_day" ON "payment_transactions" USING btree ("account_id","at");--> statement-breakpoint
CREATE INDEX "payment_transactions_open" ON "payment_transactions" USING btree ("commune_id","created_at") WHERE class <> 'applied' and resolved_at is null;--> statement-breakpoint
CREATE INDEX "reconciliation_rows_class" ON "reconciliation_rows" USING btree ("commune_id","run_id","class");--> statement-breakpoint
CREATE INDEX "reconciliation_runs_day" ON "reconciliation_runs" USING btree ("commune_id","day");