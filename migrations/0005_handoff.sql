CREATE TABLE "answer_reviews" (
	"commune_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"officer_id" uuid NOT NULL,
	"verdict" text NOT NULL,
	"better_text" text,
	"reviewed_at" timestamp with time zone NOT NULL,
	CONSTRAINT "answer_reviews_commune_id_message_id_officer_id_pk" PRIMARY KEY("commune_id","message_id","officer_id")
);
--> statement-breakpoint
CREATE TABLE "canned_answers" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"officer_id" uuid,
	"shortcut" text NOT NULL,
	"title" text NOT NULL,
	"text" text NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "canned_answers_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "handoffs" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"reason" text NOT NULL,
	"asked_by" text NOT NULL,
	"field" text,
	"procedure_code" text,
	"summary" jsonb,
	"officer_id" uuid,
	"queued_at" timestamp with time zone NOT NULL,
	"taken_at" timestamp with time zone,
	"first_reply_at" timestamp with time zone,
	"last_reply_at" timestamp with time zone,
	"promised_at" timestamp with time zone,
	"is_promise_kept" boolean,
	"due_at" timestamp with time zone,
	"escalated_at" timestamp with time zone,
	"transfers" integer DEFAULT 0 NOT NULL,
	"check_at" timestamp with time zone DEFAULT now() NOT NULL,
	"window_warned_at" timestamp with time zone,
	"closed_at" timestamp with time zone,
	"close_kind" text,
	"rating_asked_at" timestamp with time zone,
	"rating" smallint,
	"rating_words" text,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "handoffs_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "officer_looks" (
	"commune_id" uuid NOT NULL,
	"officer_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"is_typing" boolean NOT NULL,
	"until" timestamp with time zone NOT NULL,
	CONSTRAINT "officer_looks_commune_id_officer_id_pk" PRIMARY KEY("commune_id","officer_id")
);
--> statement-breakpoint
CREATE TABLE "page_comments" (
	"commune_id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"comment_id" text NOT NULL,
	"status" text NOT NULL,
	"text" text NOT NULL,
	"post_id" text,
	"commented_at" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "page_comments_commune_id_account_id_comment_id_pk" PRIMARY KEY("commune_id","account_id","comment_id")
);
--> statement-breakpoint
CREATE TABLE "petitions" (
	"commune_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"number" text NOT NULL,
	"cause_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"status" text DEFAULT 'received' NOT NULL,
	"text" text NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"due_at" timestamp with time zone,
	"officer_id" uuid,
	"answer" text,
	"answered_at" timestamp with time zone,
	"changed_at" timestamp with time zone NOT NULL,
	CONSTRAINT "petitions_commune_id_id_pk" PRIMARY KEY("commune_id","id")
);
--> statement-breakpoint
CREATE TABLE "reply_drafts" (
	"commune_id" uuid NOT NULL,
	"officer_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"text" text NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "reply_drafts_commune_id_officer_id_conversation_id_pk" PRIMARY KEY("commune_id","officer_id","conversation_id")
);
--> statement-breakpoint
CREATE TABLE "settled_questions" (
	"commune_id" uuid NOT NULL,
	"key" text NOT NULL,
	"officer_id" uuid NOT NULL,
	"settled_at" timestamp with time zone NOT NULL,
	CONSTRAINT "settled_questions_commune_id_key_pk" PRIMARY KEY("commune_id","key")
);
--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "officer_id" uuid;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "staff_read_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "tags" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
CREATE INDEX "answer_reviews_time" ON "answer_reviews" USING btree ("commune_id","reviewed_at");--> statement-breakpoint
CREATE UNIQUE INDEX "canned_answers_own" ON "canned_answers" USING btree ("commune_id","officer_id","shortcut");--> statement-breakpoint
CREATE UNIQUE INDEX "canned_answers_shared" ON "canned_answers" USING btree ("commune_id","shortcut") WHERE officer_id is null;--> statement-breakpoint
CREATE UNIQUE INDEX "handoffs_open" ON "handoffs" USING btree ("commune_id","conversation_id") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "handoffs_officer" ON "handoffs" USING btree ("commune_id","officer_id") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "handoffs_closed" ON "handoffs" USING btree ("commune_id","closed_at") WHERE closed_at is not null;--> statement-breakpoint
CREATE INDEX "handoffs_conversation" ON "handoffs" USING btree ("commune_id","conversation_id","queued_at");--> statement-breakpoint
CREATE INDEX "handoffs_queued" ON "handoffs" USING btree ("commune_id","queued_at");--> statement-breakpoint
CREATE INDEX "handoffs_check" ON "handoffs" USING btree ("check_at") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "handoffs_changed" ON "handoffs" USING btree ("commune_id","changed_at");--> statement-breakpoint
CREATE INDEX "officer_looks_conversation" ON "officer_looks" USING btree ("commune_id","conversation_id");--> statement-breakpoint
CREATE INDEX "page_comments_time" ON "page_comments" USING btree ("commune_id","commented_at");--> statement-breakpoint
CREATE UNIQUE INDEX "petitions_number" ON "petitions" USING btree ("commune_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "petitions_cause" ON "petitions" USING btree ("commune_id","cause_id");--> statement-breakpoint
CREATE INDEX "petitions_conversation" ON "petitions" USING btree ("commune_id","conversation_id");--> statement-breakpoint
CREATE INDEX "petitions_status" ON "petitions" USING btree ("commune_id","status","received_at");--> statement-breakpoint
CREATE INDEX "conversations_activity" ON "conversations" USING btree ("commune_id","last_user_at","id");--> statement-breakpoint
CREATE INDEX "inbox_events_comments" ON "inbox_events" USING btree ("received_at") WHERE kind = 'comment';