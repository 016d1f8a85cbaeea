-- What the console says beside a feature's name, and what a tier is for. Evaluation reads neither.

ALTER TABLE features ADD COLUMN premium INTEGER NOT NULL DEFAULT 0 CHECK (premium IN (0, 1));
ALTER TABLE features ADD COLUMN requires_setup INTEGER NOT NULL DEFAULT 0 CHECK (requires_setup IN (0, 1));

ALTER TABLE tiers ADD COLUMN description TEXT NOT NULL DEFAULT '';
