CREATE TABLE "posmed_review"."imports" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "posmed_review"."imports_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"sha256" text NOT NULL,
	"file" text NOT NULL,
	"imported_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "imports_sha256_unique" UNIQUE("sha256")
);
--> statement-breakpoint
ALTER TABLE "posmed_review"."vote_history" ADD COLUMN "import" integer;--> statement-breakpoint
ALTER TABLE "posmed_review"."vote_history" ADD CONSTRAINT "vote_history_import_imports_id_fk" FOREIGN KEY ("import") REFERENCES "posmed_review"."imports"("id") ON DELETE no action ON UPDATE no action;