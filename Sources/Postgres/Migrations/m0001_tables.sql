-- Bands, domains and the like are checked texts, not enums: comparing texts is leak-proof, so their indexes serve readers below row security; comparing enums
-- is not.
--
-- Tables. All names are unqualified: a migration runs with its schema first on the search path, which is `prowzi` or, during a rebuild,
-- `prowzi_next`. Ids are time-ordered (their first 48 bits are milliseconds since 1970), so a range of ids is a range of time.
--
-- Indexes that answer "the newest of …" begin with the tenant, or have it before what orders: readers see two tenants among many, and would otherwise walk through
-- the rows of all others. `prowzi query` names the tenants in force (`reading_tenants`).

-- The fold's own books ---------------------------------------------------------------------------------------------------------------

-- Where the projection stands. `digest` covers every record projected so far: d' = SHA-256(d, record), in the order of offsets.
CREATE TABLE positions (
  topic text NOT NULL,
  partition smallint NOT NULL,
  next_offset bigint NOT NULL CHECK (next_offset >= 0),
  digest bytea NOT NULL CHECK (length(digest) = 32),
  -- What the projection carries from batch to batch: of `prowzi.banded` the scorer seen last.
  state text NOT NULL DEFAULT '',
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, partition)
);

-- Who may write a partition: the projector with the newest epoch.
CREATE TABLE fences (
  partition smallint PRIMARY KEY,
  epoch bigint NOT NULL,
  owner text NOT NULL,
  since timestamptz NOT NULL DEFAULT now()
);

-- Who may see what besides `shared`. `*` lets a role choose any tenant, for an application that serves several.
CREATE TABLE tenant_access (
  role_name name NOT NULL,
  tenant text NOT NULL CHECK (tenant <> ''),
  PRIMARY KEY (role_name, tenant)
);

-- Events: by day (months long past: by month), and within it by domain ------------------------------------------------------------------

CREATE TABLE events (
  event_id uuid NOT NULL,
  domain text NOT NULL CHECK (domain IN ('ai', 'crypto')),
  tenant text NOT NULL,
  partition smallint NOT NULL,
  record_offset bigint NOT NULL,
  kind text NOT NULL,
  source text NOT NULL,
  natural_id text NOT NULL,
  revision integer NOT NULL CHECK (revision > 0),
  mission_id text,
  occurred_at timestamptz NOT NULL,
  observed_at timestamptz NOT NULL,
  story_id uuid NOT NULL,
  relation text NOT NULL CHECK (relation IN ('new', 'same_story', 'near_duplicate', 'repeat', 'revision')),
  similarity real NOT NULL,
  language text,
  sentiment double precision,
  title text,
  body text,
  url text,
  topic_hints text[] NOT NULL,
  flags text[] NOT NULL,
  ontology jsonb NOT NULL,
  metrics jsonb NOT NULL,
  facts jsonb NOT NULL,
  content_hash bytea NOT NULL,
  raw_offset bigint NOT NULL,
  raw_item integer NOT NULL,
  PRIMARY KEY (event_id, domain)
) PARTITION BY RANGE (event_id);

CREATE INDEX events_story ON events (story_id, event_id);

-- What finds events over all days: the newest of a tenant and domain by the key, words by `search`. Not in `events` itself, since an index of
-- a partitioned table is as many indexes as it has partitions, and who looks through years would have to open each. Filled by a trigger of `events`.
CREATE TABLE event_search (
  tenant text NOT NULL,
  domain text NOT NULL,
  event_id uuid NOT NULL,
  partition smallint NOT NULL,
  search tsvector NOT NULL,
  PRIMARY KEY (tenant, domain, event_id)
);

CREATE INDEX event_search_words ON event_search USING gin (search) WITH (gin_pending_list_limit = 1024);

CREATE TABLE evaluations (
  event_id uuid NOT NULL,
  scorer text NOT NULL,
  domain text NOT NULL CHECK (domain IN ('ai', 'crypto')),
  tenant text NOT NULL,
  partition smallint NOT NULL,
  record_offset bigint NOT NULL,
  kind text NOT NULL,
  source text NOT NULL,
  story_id uuid NOT NULL,
  freshness double precision NOT NULL CHECK (freshness BETWEEN 0 AND 1),
  novelty double precision NOT NULL CHECK (novelty BETWEEN 0 AND 1),
  impact double precision NOT NULL CHECK (impact BETWEEN 0 AND 1),
  confidence double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  gap double precision NOT NULL CHECK (gap BETWEEN 0 AND 1),
  total_evi double precision NOT NULL CHECK (total_evi BETWEEN 0 AND 1),
  impact_level text NOT NULL CHECK (impact_level IN ('low', 'medium', 'high', 'critical')),
  band text NOT NULL CHECK (band IN ('archive', 'weekly', 'same_day', 'instant')),
  band_reason text NOT NULL,
  band_rule text,
  observed_at timestamptz NOT NULL,
  expires_at timestamptz,
  explanations jsonb NOT NULL,
  PRIMARY KEY (event_id, scorer)
);

-- Whole, not for the rare classes alone: in some months there are only common ones, and who walks through them to find a rare one walks for long.
CREATE INDEX evaluations_kind ON evaluations (tenant, kind, event_id);
CREATE INDEX evaluations_band ON evaluations (tenant, band, event_id);
CREATE INDEX evaluations_impact ON evaluations (tenant, impact_level, event_id);
CREATE INDEX evaluations_story ON evaluations (story_id, event_id);

-- Briefs ----------------------------------------------------------------------------------------------------------------------------------

-- Of each brief the latest record.
CREATE TABLE briefs (
  brief_id uuid PRIMARY KEY,
  revision integer NOT NULL CHECK (revision > 0),
  tenant text NOT NULL,
  partition smallint NOT NULL,
  record_offset bigint NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'revised', 'retracted')),
  band text NOT NULL CHECK (band IN ('archive', 'weekly', 'same_day', 'instant')),
  -- 3 is instant, 0 archive: the order of urgency.
  urgency smallint NOT NULL,
  kind text NOT NULL,
  domain text NOT NULL CHECK (domain IN ('ai', 'crypto')),
  story_id uuid NOT NULL,
  headline text NOT NULL,
  summary text NOT NULL,
  total_evi double precision NOT NULL,
  confidence double precision NOT NULL,
  impact_level text NOT NULL CHECK (impact_level IN ('low', 'medium', 'high', 'critical')),
  mission_id text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  event_ids uuid[] NOT NULL,
  first_event_at timestamptz NOT NULL,
  search tsvector GENERATED ALWAYS AS (to_tsvector('english', left(headline, 2000) || ' ' || left(summary, 8000))) STORED
) WITH (fillfactor = 85);

CREATE INDEX briefs_urgency ON briefs (tenant, urgency, total_evi, brief_id);
CREATE INDEX briefs_story ON briefs (story_id);
CREATE INDEX briefs_created ON briefs (tenant, created_at, brief_id);
CREATE INDEX briefs_search ON briefs USING gin (search);

-- Which events a brief is made of, or was in an earlier revision: what leads from an entity's mentions to briefs.
CREATE TABLE brief_events (
  event_id uuid NOT NULL,
  brief_id uuid NOT NULL,
  tenant text NOT NULL,
  partition smallint NOT NULL,
  first_revision integer NOT NULL,
  PRIMARY KEY (event_id, brief_id)
);

-- Every revision, with the brief as it is recorded.
CREATE TABLE brief_revisions (
  brief_id uuid NOT NULL,
  revision integer NOT NULL CHECK (revision > 0),
  tenant text NOT NULL,
  partition smallint NOT NULL,
  record_offset bigint NOT NULL,
  status text NOT NULL,
  band text NOT NULL,
  created_at timestamptz NOT NULL,
  -- Of the newest member: what the latency from observed to brief is counted from.
  newest_event_at timestamptz NOT NULL,
  brief jsonb NOT NULL,
  -- When this table learnt of it. Not from the log, and so not part of what `project verify` compares.
  projected_at timestamptz NOT NULL DEFAULT now(),
  -- A story that had been forgotten and comes back begins again at revision 1.
  PRIMARY KEY (brief_id, revision, record_offset)
);

CREATE INDEX brief_revisions_created ON brief_revisions (tenant, created_at);

CREATE TABLE evidence (
  brief_id uuid NOT NULL,
  revision integer NOT NULL,
  record_offset bigint NOT NULL,
  ordinal smallint NOT NULL,
  tenant text NOT NULL,
  partition smallint NOT NULL,
  event_id uuid NOT NULL,
  claim text NOT NULL,
  field text NOT NULL,
  field_start integer NOT NULL,
  field_end integer NOT NULL,
  sha256 bytea NOT NULL,
  raw_offset bigint NOT NULL,
  raw_start integer,
  raw_end integer,
  raw_encoding text,
  basis text,
  derivation text,
  PRIMARY KEY (brief_id, revision, record_offset, ordinal)
);

CREATE INDEX evidence_event ON evidence (event_id);

-- Stories and the knowledge graph. A partition folds its own rows: what several partitions know of one entity is added up by the views. --

CREATE TABLE stories (
  story_id uuid NOT NULL,
  tenant text NOT NULL,
  partition smallint NOT NULL,
  domain text NOT NULL CHECK (domain IN ('ai', 'crypto')),
  title text,
  first_source text NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  size integer NOT NULL,
  sources integer NOT NULL,
  PRIMARY KEY (story_id, tenant)
) WITH (fillfactor = 85);

CREATE INDEX stories_recent ON stories (tenant, last_seen_at, story_id);
CREATE INDEX stories_shared ON stories (tenant, last_seen_at, story_id) WHERE sources >= 2;

-- When each publisher first told a story: who was first, and by how much. The publisher is who the item names, else the provider, else the host of its link, else
-- the source.
CREATE TABLE story_sources (
  story_id uuid NOT NULL,
  publisher text NOT NULL,
  tenant text NOT NULL,
  partition smallint NOT NULL,
  first_event_id uuid NOT NULL,
  events integer NOT NULL,
  PRIMARY KEY (story_id, publisher, tenant)
) WITH (fillfactor = 85);

CREATE TABLE entities (
  entity_id uuid NOT NULL,
  tenant text NOT NULL,
  partition smallint NOT NULL,
  type text NOT NULL,
  name text NOT NULL,
  mentions bigint NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  -- What names are looked up by. A column, since an expression of functions that are not leak-proof could not use its index below row security; cut, since
  -- names can be longer than an index entry may be.
  name_key text COLLATE "C" GENERATED ALWAYS AS (lower(left(name, 200))) STORED,
  PRIMARY KEY (entity_id, tenant, partition)
) WITH (fillfactor = 85);

CREATE INDEX entities_name ON entities (name_key);

CREATE TABLE mentions (
  entity_id uuid NOT NULL,
  event_id uuid NOT NULL,
  tenant text NOT NULL,
  partition smallint NOT NULL,
  declared boolean NOT NULL,
  PRIMARY KEY (entity_id, tenant, event_id)
);

CREATE INDEX mentions_event ON mentions (event_id);

-- Two entities named by one event, the smaller id first. `weight` is an exponential moving average of such events a day, with a half-life of
-- seven days, as of `last_seen_at`.
CREATE TABLE edges (
  low_id uuid NOT NULL,
  high_id uuid NOT NULL,
  tenant text NOT NULL,
  partition smallint NOT NULL,
  events bigint NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  weight double precision NOT NULL,
  PRIMARY KEY (low_id, high_id, tenant, partition),
  CHECK (low_id < high_id)
) WITH (fillfactor = 85);

-- The heaviest edges of an entity, from either side: an entity that everything names has tens of thousands.
CREATE INDEX edges_low_weight ON edges (low_id, tenant, weight);
CREATE INDEX edges_high_weight ON edges (high_id, tenant, weight);

-- Counts by hour ---------------------------------------------------------------------------------------------------------------------------

-- How warm a node of the ontology is: events and their summed weight (millionths, so that sums are exact).
CREATE TABLE heat (
  hour timestamptz NOT NULL,
  domain text NOT NULL CHECK (domain IN ('ai', 'crypto')),
  node text NOT NULL,
  tenant text NOT NULL,
  partition smallint NOT NULL,
  events bigint NOT NULL,
  weight_micros bigint NOT NULL,
  PRIMARY KEY (tenant, hour, domain, node, partition)
) WITH (fillfactor = 85);

CREATE TABLE bands (
  hour timestamptz NOT NULL,
  domain text NOT NULL CHECK (domain IN ('ai', 'crypto')),
  kind text NOT NULL,
  band text NOT NULL CHECK (band IN ('archive', 'weekly', 'same_day', 'instant')),
  tenant text NOT NULL,
  partition smallint NOT NULL,
  events bigint NOT NULL,
  evi_micros bigint NOT NULL,
  PRIMARY KEY (tenant, hour, domain, kind, band, partition)
) WITH (fillfactor = 85);

-- What could not be used ----------------------------------------------------------------------------------------------------------------

CREATE TABLE dead_letters (
  -- `prowzi.deadletters`, or the derived topic in which a record could not be read.
  topic text NOT NULL,
  partition smallint NOT NULL,
  record_offset bigint NOT NULL,
  tenant text NOT NULL,
  code text NOT NULL,
  message text NOT NULL,
  stage text NOT NULL,
  source text,
  input text NOT NULL,
  byte_offset bigint,
  observed_at timestamptz NOT NULL,
  record_key bytea,
  record_value bytea,
  headers jsonb NOT NULL,
  PRIMARY KEY (topic, partition, record_offset)
);

CREATE INDEX dead_letters_code ON dead_letters (code, observed_at);

-- What scored --------------------------------------------------------------------------------------------------------------------------------

CREATE TABLE scorers (
  scorer text NOT NULL,
  tenant text NOT NULL,
  partition smallint NOT NULL,
  name text NOT NULL,
  version text NOT NULL,
  first_offset bigint NOT NULL,
  last_offset bigint NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  evaluations bigint NOT NULL,
  PRIMARY KEY (scorer, tenant, partition)
) WITH (fillfactor = 85);

-- Scorers as they were registered: whole documents, which never change. The one that the program carries is in the first configuration.
CREATE TABLE scorer_documents (
  scorer text NOT NULL,
  record_offset bigint NOT NULL,
  tenant text NOT NULL,
  partition smallint NOT NULL,
  name text NOT NULL,
  version text NOT NULL,
  added_at timestamptz NOT NULL,
  document jsonb NOT NULL,
  PRIMARY KEY (scorer, record_offset)
);

-- What governed the fold, and from which record on: configurations, ticks, retractions.
CREATE TABLE controls (
  partition smallint NOT NULL,
  record_offset bigint NOT NULL,
  tenant text NOT NULL,
  type text NOT NULL,
  taken_at timestamptz NOT NULL,
  -- The digest of the configuration in force afterwards, as headers of derived records have it.
  configuration text,
  reason text,
  -- Of a configuration: whom it puts in force.
  scorer text,
  canary text,
  canary_percent double precision,
  document jsonb NOT NULL,
  PRIMARY KEY (partition, record_offset)
);

-- Where in `prowzi.controls` of a partition another scorer took over.
CREATE TABLE promotions (
  partition smallint NOT NULL,
  record_offset bigint NOT NULL,
  tenant text NOT NULL,
  scorer text NOT NULL,
  previous text,
  reason text,
  promoted_at timestamptz NOT NULL,
  PRIMARY KEY (partition, record_offset)
);

-- Large values are compressed fast where the server can; a server built without lz4 keeps its own way.
DO $$
BEGIN
  ALTER TABLE events ALTER COLUMN body SET COMPRESSION lz4;
  ALTER TABLE evaluations ALTER COLUMN explanations SET COMPRESSION lz4;
  ALTER TABLE brief_revisions ALTER COLUMN brief SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END
$$;
