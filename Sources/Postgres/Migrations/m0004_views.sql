-- For people who bring their own SQL: the same content as `prowzi query`. Views check the rights, and the rows, of whoever asks.

-- Active briefs; most urgent first: ORDER BY urgency DESC, total_evi DESC, brief_id DESC.
CREATE VIEW top_briefs WITH (security_invoker = true) AS
  SELECT brief_id, revision, tenant, band, urgency, kind, domain, headline, summary, total_evi, confidence, impact_level, created_at,
    expires_at, status, story_id, event_ids
  FROM briefs
  WHERE status <> 'retracted';

-- The members of a story in the order they were observed, with their evaluations: WHERE story_id = …
CREATE VIEW story_members WITH (security_invoker = true) AS
  SELECT event.story_id, event.event_id, event.tenant, event.domain, event.kind, event.source, event.relation, event.similarity, event.observed_at,
    event.occurred_at, event.title, event.url, evaluation.band, evaluation.total_evi, evaluation.impact_level, evaluation.scorer
  FROM events AS event
  LEFT JOIN evaluations AS evaluation ON evaluation.event_id = event.event_id;

-- What the briefs of a story claim, and the bytes each claim rests on: WHERE story_id = …
CREATE VIEW story_evidence WITH (security_invoker = true) AS
  SELECT brief.story_id, brief.brief_id, brief.revision, brief.tenant, brief.headline, evidence.ordinal, evidence.claim, evidence.event_id, evidence.field,
    evidence.field_start, evidence.field_end, format('prowzi.raw/%s/%s', evidence.partition, evidence.raw_offset) AS raw, evidence.raw_start,
    evidence.raw_end, evidence.raw_encoding, encode(evidence.sha256, 'hex') AS sha256, evidence.basis, evidence.derivation
  FROM briefs AS brief
  JOIN evidence ON evidence.brief_id = brief.brief_id AND evidence.revision = brief.revision
    AND evidence.record_offset = brief.record_offset;

-- Entities over all partitions.
CREATE VIEW entity_totals WITH (security_invoker = true) AS
  SELECT entity_id, tenant, type, name, sum(mentions)::bigint AS mentions, min(first_seen_at) AS first_seen_at,
    max(last_seen_at) AS last_seen_at
  FROM entities
  GROUP BY entity_id, tenant, type, name;

-- Both directions of every edge, over all partitions, each weight decayed to the newest of them: WHERE entity_id = …
CREATE VIEW entity_neighbours WITH (security_invoker = true) AS
  SELECT entity_id, neighbour_id, sum(events)::bigint AS events, max(last_seen_at) AS last_seen_at, sum(weight) AS weight
  FROM (
    SELECT low_id AS entity_id, high_id AS neighbour_id, events, last_seen_at, weight FROM edges
    UNION ALL
    SELECT high_id, low_id, events, last_seen_at, weight FROM edges
  ) AS edge
  GROUP BY entity_id, neighbour_id;

-- Who is connected to an entity, to a depth of at most three, following from each the `fanout` heaviest edges. A weight is that of the lightest edge on the
-- heaviest way.
CREATE FUNCTION neighbourhood(type text, name text, depth integer DEFAULT 2, fanout integer DEFAULT 12)
  RETURNS TABLE (entity_id uuid, distance integer, weight double precision, events bigint, through uuid, type text, name text, mentions bigint)
  -- From the heaviest edge on along the index: what an average entity has says nothing of one with tens of thousands.
  LANGUAGE sql STABLE SET enable_bitmapscan = off SET enable_sort = off
BEGIN ATOMIC
  WITH RECURSIVE walk (entity_id, distance, weight, events, through) AS (
    SELECT entity_id(neighbourhood.type, neighbourhood.name), 0, NULL::double precision, NULL::bigint, NULL::uuid
    UNION ALL
    SELECT next.neighbour_id, walk.distance + 1, least(walk.weight, next.weight), next.events, walk.entity_id
    FROM walk
    CROSS JOIN LATERAL (
      SELECT edge.neighbour_id, sum(edge.weight) AS weight, sum(edge.events)::bigint AS events
      FROM (
        -- More than are wanted: partitions of the log each know their part of an edge.
        (SELECT high_id AS neighbour_id, edges.weight, edges.events FROM edges
          WHERE low_id = walk.entity_id ORDER BY edges.weight DESC LIMIT 4 * greatest(1, least(neighbourhood.fanout, 50)))
        UNION ALL
        (SELECT low_id, edges.weight, edges.events FROM edges
          WHERE high_id = walk.entity_id ORDER BY edges.weight DESC LIMIT 4 * greatest(1, least(neighbourhood.fanout, 50)))
      ) AS edge
      GROUP BY edge.neighbour_id
      ORDER BY sum(edge.weight) DESC, edge.neighbour_id
      LIMIT greatest(1, least(neighbourhood.fanout, 50))
    ) AS next
    WHERE walk.distance < greatest(1, least(neighbourhood.depth, 3))
  ), nearest AS (
    SELECT DISTINCT ON (walk.entity_id) walk.entity_id, walk.distance, walk.weight, walk.events, walk.through
    FROM walk
    ORDER BY walk.entity_id, walk.distance, walk.weight DESC
  )
  SELECT nearest.entity_id, nearest.distance, nearest.weight, nearest.events, nearest.through, known.type, known.name, known.mentions
  FROM nearest
  CROSS JOIN LATERAL (
    SELECT entities.type, entities.name, sum(entities.mentions)::bigint AS mentions
    FROM entities WHERE entities.entity_id = nearest.entity_id
    GROUP BY entities.type, entities.name
  ) AS known
  ORDER BY nearest.distance, nearest.weight DESC NULLS FIRST, nearest.entity_id;
END;

-- The timeline's heat map: WHERE hour >= … AND hour < …
CREATE VIEW ontology_heat WITH (security_invoker = true) AS
  SELECT hour, domain, node, sum(events)::bigint AS events, sum(weight_micros) / 1000000.0 AS weight
  FROM heat
  GROUP BY hour, domain, node;

CREATE VIEW band_counts WITH (security_invoker = true) AS
  SELECT hour, domain, kind, band, sum(events)::bigint AS events, round(sum(evi_micros) / sum(events) / 1000000.0, 6) AS mean_evi
  FROM bands
  GROUP BY hour, domain, kind, band;

-- Who was first: for each story that a second publisher took up, the first two and the time between them.
CREATE VIEW source_leads WITH (security_invoker = true) AS
  SELECT story.story_id, story.tenant, story.domain, story.title, story.last_seen_at, first.publisher AS first_publisher, id_time(first.first_event_id) AS first_at,
    second.publisher AS second_publisher, id_time(second.first_event_id) AS second_at,
    id_time(second.first_event_id) - id_time(first.first_event_id) AS lead
  FROM stories AS story
  CROSS JOIN LATERAL (
    SELECT publisher, first_event_id FROM story_sources
    WHERE story_id = story.story_id AND tenant = story.tenant ORDER BY first_event_id, publisher LIMIT 1) AS first
  CROSS JOIN LATERAL (
    SELECT publisher, first_event_id FROM story_sources
    WHERE story_id = story.story_id AND tenant = story.tenant ORDER BY first_event_id, publisher OFFSET 1 LIMIT 1) AS second
  WHERE story.sources >= 2;

-- From the newest member's observation to the brief, in stream time, and until these tables knew.
CREATE VIEW brief_latency WITH (security_invoker = true) AS
  SELECT brief_id, revision, tenant, band, newest_event_at, created_at, created_at - newest_event_at AS latency, projected_at
  FROM brief_revisions;

-- Text search for readers. The search operator is not leak-proof, so below row security it could not use an index; here the tenant is asked for
-- in the query itself, of the user who called.
CREATE FUNCTION calling_user() RETURNS name
  LANGUAGE sql STABLE
  RETURN CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role')::name END;

CREATE FUNCTION visible_tenants() RETURNS text[]
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT CASE
    WHEN (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = calling_user())
      OR pg_has_role(calling_user(), 'prowzi_admin', 'USAGE') OR pg_has_role(calling_user(), 'prowzi_projector', 'USAGE') THEN NULL
    ELSE ARRAY['shared'] || ARRAY(
      SELECT current_setting('prowzi.tenant', true) WHERE EXISTS (
        SELECT FROM tenant_access AS access
        WHERE access.role_name = calling_user() AND access.tenant IN ('*', current_setting('prowzi.tenant', true))))
  END;
END;

-- Ids of events that match, newest first; `before` continues a page.
CREATE FUNCTION search_events(words text, low uuid, before uuid, most integer) RETURNS SETOF uuid
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  tenants text[] := visible_tenants();
BEGIN
  -- Planned for these values, so that only the days asked for are looked at.
  RETURN QUERY EXECUTE
    'SELECT event_id FROM events WHERE search @@ websearch_to_tsquery(''english'', $1) AND event_id >= $2 AND event_id < $3 '
    'AND ($4 IS NULL OR tenant = ANY ($4)) ORDER BY event_id DESC LIMIT $5'
    USING words, low, before, tenants, least(most, 10000);
END
$$;

CREATE FUNCTION search_briefs(words text, most integer) RETURNS SETOF uuid
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  tenants text[] := visible_tenants();
BEGIN
  RETURN QUERY EXECUTE
    'SELECT brief_id FROM briefs WHERE search @@ websearch_to_tsquery(''english'', $1) AND ($2 IS NULL OR tenant = ANY ($2)) LIMIT $3'
    USING words, tenants, least(most, 100000);
END
$$;

REVOKE ALL ON FUNCTION search_events(text, uuid, uuid, integer), search_briefs(text, integer), neighbourhood(text, text, integer, integer),
  visible_tenants(), calling_user() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_events(text, uuid, uuid, integer), search_briefs(text, integer),
  neighbourhood(text, text, integer, integer) TO prowzi_reader, prowzi_projector, prowzi_admin;
GRANT SELECT ON top_briefs, story_members, story_evidence, entity_totals, entity_neighbours, ontology_heat, band_counts, source_leads,
  brief_latency TO prowzi_reader, prowzi_projector, prowzi_admin;
