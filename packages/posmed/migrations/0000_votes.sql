CREATE SCHEMA "posmed_review";
--> statement-breakpoint
CREATE TABLE "posmed_review"."assignments" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "posmed_review"."assignments_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"batch" integer NOT NULL,
	"pair" integer NOT NULL,
	"reviewer" integer NOT NULL,
	"occurrence" integer NOT NULL,
	"position" integer NOT NULL,
	CONSTRAINT "assignments_pair_reviewer_occurrence_unique" UNIQUE("pair","reviewer","occurrence"),
	CONSTRAINT "assignments_batch_reviewer_position_unique" UNIQUE("batch","reviewer","position"),
	CONSTRAINT "occurrence_is_once_or_twice" CHECK ("posmed_review"."assignments"."occurrence" in (1, 2))
);
--> statement-breakpoint
CREATE TABLE "posmed_review"."batches" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "posmed_review"."batches_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"panel" integer NOT NULL,
	"seed" bigint NOT NULL,
	"repeats" real NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "posmed_review"."pairs" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "posmed_review"."pairs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"batch" integer NOT NULL,
	"pair" text NOT NULL,
	"digest" text NOT NULL,
	"image" text NOT NULL,
	"image_file" text NOT NULL,
	"modality" text NOT NULL,
	"kind" text NOT NULL,
	"target" text NOT NULL,
	"question" text NOT NULL,
	"answer" text NOT NULL,
	"zones" text[] NOT NULL,
	"truth" text[] NOT NULL,
	CONSTRAINT "pairs_pair_digest_unique" UNIQUE("pair","digest")
);
--> statement-breakpoint
CREATE TABLE "posmed_review"."panel_members" (
	"panel" integer NOT NULL,
	"reviewer" integer NOT NULL,
	CONSTRAINT "panel_members_panel_reviewer_pk" PRIMARY KEY("panel","reviewer")
);
--> statement-breakpoint
CREATE TABLE "posmed_review"."panels" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "posmed_review"."panels_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "posmed_review"."reviewers" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "posmed_review"."reviewers_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	CONSTRAINT "reviewers_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "posmed_review"."vote_history" (
	"assignment" integer NOT NULL,
	"revision" integer NOT NULL,
	"medical_accuracy" boolean NOT NULL,
	"positional_relevance" boolean NOT NULL,
	"clinical_plausibility" boolean NOT NULL,
	"comment" text,
	"cast_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "vote_history_assignment_revision_pk" PRIMARY KEY("assignment","revision")
);
--> statement-breakpoint
CREATE TABLE "posmed_review"."votes" (
	"assignment" integer PRIMARY KEY NOT NULL,
	"revision" integer NOT NULL,
	"medical_accuracy" boolean NOT NULL,
	"positional_relevance" boolean NOT NULL,
	"clinical_plausibility" boolean NOT NULL,
	"comment" text,
	"cast_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "posmed_review"."assignments" ADD CONSTRAINT "assignments_batch_batches_id_fk" FOREIGN KEY ("batch") REFERENCES "posmed_review"."batches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posmed_review"."assignments" ADD CONSTRAINT "assignments_pair_pairs_id_fk" FOREIGN KEY ("pair") REFERENCES "posmed_review"."pairs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posmed_review"."assignments" ADD CONSTRAINT "assignments_reviewer_reviewers_id_fk" FOREIGN KEY ("reviewer") REFERENCES "posmed_review"."reviewers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posmed_review"."batches" ADD CONSTRAINT "batches_panel_panels_id_fk" FOREIGN KEY ("panel") REFERENCES "posmed_review"."panels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posmed_review"."pairs" ADD CONSTRAINT "pairs_batch_batches_id_fk" FOREIGN KEY ("batch") REFERENCES "posmed_review"."batches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posmed_review"."panel_members" ADD CONSTRAINT "panel_members_panel_panels_id_fk" FOREIGN KEY ("panel") REFERENCES "posmed_review"."panels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posmed_review"."panel_members" ADD CONSTRAINT "panel_members_reviewer_reviewers_id_fk" FOREIGN KEY ("reviewer") REFERENCES "posmed_review"."reviewers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posmed_review"."vote_history" ADD CONSTRAINT "vote_history_assignment_assignments_id_fk" FOREIGN KEY ("assignment") REFERENCES "posmed_review"."assignments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posmed_review"."votes" ADD CONSTRAINT "votes_assignment_assignments_id_fk" FOREIGN KEY ("assignment") REFERENCES "posmed_review"."assignments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "pairs_batch_index" ON "posmed_review"."pairs" USING btree ("batch");