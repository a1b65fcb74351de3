CREATE TABLE "channel_accounts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"commune_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"external_id" text NOT NULL,
	"app_id" text NOT NULL,
	"name" text DEFAULT '' NOT NULL,
	"secrets" text NOT NULL,
	"token_expires_at" timestamp with time zone,
	"status" text DEFAULT 'active' NOT NULL,
	"status_reason" text,
	"paused_until" timestamp with time zone,
	"refresh_lease_until" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "communes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"settings" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "communes_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "citizens" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"chat_id" text NOT NULL,
	"display_name" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "citizens_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "conversations" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"citizen_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"chat_id" text NOT NULL,
	"owner" text DEFAULT 'bot' NOT NULL,
	"owner_since" timestamp with time zone DEFAULT now() NOT NULL,
	"owner_version" integer DEFAULT 0 NOT NULL,
	"officer_until" timestamp with time zone,
	"hand_off_reason" text,
	"memory" jsonb,
	"last_user_at" timestamp with time zone,
	"wake_at" timestamp with time zone,
	"arrivals" bigint DEFAULT 0 NOT NULL,
	"lease_owner" uuid,
	"lease_until" timestamp with time zone,
	"lease_seq" bigint DEFAULT 0 NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "conversations_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"author" text NOT NULL,
	"text" text NOT NULL,
	"content" jsonb,
	"platform_message_id" text,
	"turn_id" uuid,
	"outcome" text,
	"answer" jsonb,
	"occurred_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "messages_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "inbox_events" (
	"commune_id" uuid NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "inbox_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account_id" uuid NOT NULL,
	"platform_event_id" text NOT NULL,
	"conversation_id" uuid,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"lane" text NOT NULL,
	"event" jsonb NOT NULL,
	"raw" jsonb,
	"occurred_at" timestamp with time zone NOT NULL,
	"arrival" bigint NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"status" text NOT NULL,
	"done_at" timestamp with time zone,
	"turn_id" uuid,
	CONSTRAINT "inbox_events_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"commune_id" uuid NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"cause_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"author" text NOT NULL,
	"call" jsonb NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"must_check" boolean DEFAULT false NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"run_at" timestamp with time zone DEFAULT now() NOT NULL,
	"claimed_by" uuid,
	"lease_until" timestamp with time zone,
	"platform_message_id" text,
	"error_code" text,
	"error_detail" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"first_sending_at" timestamp with time zone,
	"sent_at" timestamp with time zone,
	"delivered_at" timestamp with time zone,
	"seen_at" timestamp with time zone,
	CONSTRAINT "outbox_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
ALTER TABLE "channel_accounts" ADD CONSTRAINT "channel_accounts_commune_id_communes_id_fk" FOREIGN KEY ("commune_id") REFERENCES "public"."communes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "channel_accounts_external" ON "channel_accounts" USING btree ("channel","external_id");--> statement-breakpoint
CREATE INDEX "channel_accounts_commune" ON "channel_accounts" USING btree ("commune_id");--> statement-breakpoint
CREATE INDEX "conversations_wake" ON "conversations" USING btree ("account_id","wake_at") WHERE wake_at is not null;--> statement-breakpoint
CREATE INDEX "conversations_waiting" ON "conversations" USING btree ("commune_id","owner","owner_since") WHERE owner <> 'bot';--> statement-breakpoint
CREATE INDEX "messages_conversation" ON "messages" USING btree ("commune_id","conversation_id","occurred_at");--> statement-breakpoint
CREATE UNIQUE INDEX "inbox_events_platform" ON "inbox_events" USING btree ("account_id","platform_event_id");--> statement-breakpoint
CREATE INDEX "inbox_events_waiting" ON "inbox_events" USING btree ("conversation_id") WHERE status = 'pending' and lane = 'turn';--> statement-breakpoint
CREATE INDEX "inbox_events_receipts" ON "inbox_events" USING btree ("id") WHERE status = 'pending' and lane = 'receipt';--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_cause" ON "outbox" USING btree ("commune_id","cause_id","seq");--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("account_id","run_at") WHERE status = 'queued';--> statement-breakpoint
CREATE INDEX "outbox_line" ON "outbox" USING btree ("conversation_id","id") WHERE status in ('queued', 'sending', 'held');--> statement-breakpoint
CREATE INDEX "outbox_sending" ON "outbox" USING btree ("lease_until") WHERE status = 'sending';--> statement-breakpoint
CREATE INDEX "outbox_platform" ON "outbox" USING btree ("account_id","platform_message_id");--> statement-breakpoint
CREATE INDEX "outbox_conversation" ON "outbox" USING btree ("commune_id","conversation_id","id");--> statement-breakpoint
-- Rows that change several times in their short life: leave room on the page so that indexes need not change.
ALTER TABLE "conversations" SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE "outbox" SET (fillfactor = 80);
