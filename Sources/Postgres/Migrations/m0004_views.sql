-- For people who bring their own SQL: the same content as `prowzi query`. Views check the rights, and the rows, of whoever asks.

-- Active briefs; most urgent first: ORDER BY urgency DESC, total_evi DESC, brief_id DESC.
CREATE VIEW top_briefs WITH (security_invoker = true) AS
  SELECT brief_id, revision, tenant, band, urgency, kind, domain, headline, summary, total_evi, confidence, impact_level, created_at,
    expires_at, status, story_id, event_ids
  FROM briefs
  WHERE status <> 'retracted';

-- The members of a story in the order they were observed, with their evaluations: WHERE story_id = …
-- OFFSET 0 keeps the join from being planned anew for each pair of days: hundreds of days would take seconds.
CREATE VIEW story_members WITH (security_invoker = true) AS
  SELECT event.story_id, event.event_id, event.tenant, event.domain, event.kind, event.source, event.relation, event.similarity, event.observed_at,
    event.occurred_at, event.title, event.url, evaluation.band, evaluation.total_evi, evaluation.impact_level, evaluation.scorer
  FROM events AS event
  LEFT JOIN LATERAL (
    SELECT band, total_evi, impact_level, scorer FROM evaluations WHERE evaluations.event_id = event.event_id OFFSET 0) AS evaluation ON true;

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

-- Whose rows the caller sees. Who sees all tenants' gets the list of those that have any: found by steps from one to the next, whatever they have.
CREATE FUNCTION visible_tenants() RETURNS text[]
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT CASE
    WHEN (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = calling_user())
      OR pg_has_role(calling_user(), 'prowzi_admin', 'USAGE') OR pg_has_role(calling_user(), 'prowzi_projector', 'USAGE') THEN ARRAY(
        WITH RECURSIVE step (tenant) AS (
          (SELECT tenant FROM event_search ORDER BY tenant LIMIT 1)
          UNION ALL
          SELECT (SELECT search.tenant FROM event_search AS search WHERE search.tenant > step.tenant ORDER BY search.tenant LIMIT 1)
          FROM step WHERE step.tenant IS NOT NULL
        )
        SELECT tenant FROM step WHERE tenant IS NOT NULL UNION SELECT scorers.tenant FROM scorers)
    ELSE ARRAY['shared'] || ARRAY(
      SELECT current_setting('prowzi.tenant', true) WHERE current_setting('prowzi.tenant', true) <> 'shared' AND EXISTS (
        SELECT FROM tenant_access AS access
        WHERE access.role_name = calling_user() AND access.tenant IN ('*', current_setting('prowzi.tenant', true))))
  END;
END;

-- The same for the caller's own statements, which name each tenant so that an index that begins with it serves. It permits nothing: row security stands below.
CREATE FUNCTION reading_tenants() RETURNS text[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT visible_tenants();
END;

-- Ids of events that match, newest first; `before` continues a page.
CREATE FUNCTION search_events(words text, low uuid, before uuid, most integer) RETURNS SETOF uuid
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  wanted integer := least(most, 10000);
  owner text;
  part text;
  found uuid[] := '{}';
BEGIN
  FOREACH owner IN ARRAY visible_tenants() LOOP
    FOREACH part IN ARRAY ARRAY['ai', 'crypto'] LOOP
      -- Planned for these values: a rare word is found by the index of words, a frequent one soon met on the way back through time.
      EXECUTE
        'SELECT $6 || ARRAY(SELECT event_id FROM event_search WHERE search @@ websearch_to_tsquery(''english'', $1) AND tenant = $4 AND domain = $5 '
        'AND event_id >= $2 AND event_id < $3 ORDER BY event_id DESC LIMIT $7)'
        INTO found USING words, low, before, owner, part, found, wanted;
    END LOOP;
  END LOOP;
  RETURN QUERY SELECT id FROM unnest(found) AS id ORDER BY id DESC LIMIT wanted;
END
$$;

CREATE FUNCTION search_briefs(words text, most integer) RETURNS SETOF uuid
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  tenants text[] := visible_tenants();
BEGIN
  RETURN QUERY EXECUTE
    'SELECT brief_id FROM briefs WHERE search @@ websearch_to_tsquery(''english'', $1) AND tenant = ANY ($2) LIMIT $3'
    USING words, tenants, least(most, 100000);
END
$$;

-- Who is connected to an entity, to a depth of at most three, following from each the `fanout` heaviest edges. A weight is that of the lightest edge on the
-- heaviest way.
--
-- Ring by ring: an entity that several ways lead to is walked from once. Planned to read from the heaviest edge on along the index: what an average entity
-- has says nothing of one with tens of thousands.
CREATE FUNCTION walk_graph(start uuid, depth integer, fanout integer)
  RETURNS TABLE (entity_id uuid, distance integer, weight double precision, events bigint, through uuid, type text, name text, mentions bigint)
  LANGUAGE plpgsql STABLE SET search_path FROM CURRENT SET enable_bitmapscan = off SET enable_sort = off SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  tenants text[] := reading_tenants();
  wide integer := greatest(1, least(fanout, 50));
  ring uuid[] := ARRAY[start];
  ring_weights double precision[] := ARRAY['infinity'::double precision];
  ring_events bigint[] := ARRAY[NULL::bigint];
  ring_through uuid[] := ARRAY[NULL::uuid];
  known uuid[] := '{}';
BEGIN
  FOR step IN 0..greatest(1, least(depth, 3)) LOOP
    known := known || ring;
    RETURN QUERY
      SELECT member.id, step, nullif(member.weight, 'infinity'), member.events, member.through, named.type, named.name, named.mentions
      FROM unnest(ring, ring_weights, ring_events, ring_through) AS member (id, weight, events, through)
      CROSS JOIN LATERAL (
        SELECT entities.type, entities.name, sum(entities.mentions)::bigint AS mentions
        FROM entities WHERE entities.entity_id = member.id AND entities.tenant = ANY (tenants)
        GROUP BY entities.type, entities.name
      ) AS named
      ORDER BY member.weight DESC, member.id;
    EXIT WHEN step >= greatest(1, least(depth, 3));
    SELECT array_agg(best.id), array_agg(best.weight), array_agg(best.events), array_agg(best.through)
    INTO ring, ring_weights, ring_events, ring_through
    FROM (
      SELECT DISTINCT ON (next.id) next.id, least(member.weight, next.weight) AS weight, next.events, member.id AS through
      FROM unnest(ring, ring_weights) AS member (id, weight)
      CROSS JOIN LATERAL (
        SELECT edge.id, sum(edge.weight) AS weight, sum(edge.events)::bigint AS events
        FROM (
          -- More than are wanted: partitions of the log each know their part of an edge.
          SELECT side.* FROM unnest(tenants) AS owner CROSS JOIN LATERAL (
            SELECT edges.high_id AS id, edges.weight, edges.events FROM edges
            WHERE edges.low_id = member.id AND edges.tenant = owner ORDER BY edges.weight DESC LIMIT 4 * wide) AS side
          UNION ALL
          SELECT side.* FROM unnest(tenants) AS owner CROSS JOIN LATERAL (
            SELECT edges.low_id, edges.weight, edges.events FROM edges
            WHERE edges.high_id = member.id AND edges.tenant = owner ORDER BY edges.weight DESC LIMIT 4 * wide) AS side
        ) AS edge
        GROUP BY edge.id
        ORDER BY sum(edge.weight) DESC, edge.id
        LIMIT wide
      ) AS next
      WHERE next.id <> ALL (known)
      ORDER BY next.id, least(member.weight, next.weight) DESC, member.id
    ) AS best;
    EXIT WHEN ring IS NULL;
  END LOOP;
END
$$;

CREATE FUNCTION neighbourhood(type text, name text, depth integer DEFAULT 2, fanout integer DEFAULT 12)
  RETURNS TABLE (entity_id uuid, distance integer, weight double precision, events bigint, through uuid, type text, name text, mentions bigint)
  LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT * FROM walk_graph(entity_id(neighbourhood.type, neighbourhood.name), neighbourhood.depth, neighbourhood.fanout);
END;

REVOKE ALL ON FUNCTION search_events(text, uuid, uuid, integer), search_briefs(text, integer), neighbourhood(text, text, integer, integer), walk_graph(uuid, integer, integer),
  visible_tenants(), reading_tenants(), calling_user() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reading_tenants(), search_events(text, uuid, uuid, integer), search_briefs(text, integer),
  neighbourhood(text, text, integer, integer), walk_graph(uuid, integer, integer) TO prowzi_reader, prowzi_projector, prowzi_admin;
GRANT SELECT ON top_briefs, story_members, story_evidence, entity_totals, entity_neighbours, ontology_heat, band_counts, source_leads,
  brief_latency TO prowzi_reader, prowzi_projector, prowzi_admin;
