-- Partitions of `events` are made when a day, or a month far from now, is first seen.

-- The smallest id of a moment.
CREATE FUNCTION first_id(moment timestamptz) RETURNS uuid
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (lpad(to_hex(greatest(0, least(281474976710655, floor(extract(epoch FROM moment) * 1000)))::bigint), 12, '0')
    || '00000000000000000000')::uuid;

-- The moment an id begins with.
CREATE FUNCTION id_time(id uuid) RETURNS timestamptz
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN timestamptz 'epoch' + ('x0000' || left(replace(id::text, '-', ''), 12))::bit(64)::bigint * interval '1 millisecond';

-- The id of an entity: SHA-256 over its type and name, each with its length before it, as a UUID of version 8.
CREATE FUNCTION entity_id(type text, name text) RETURNS uuid
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN (SELECT (left(digest, 12) || '8' || substr(digest, 14, 3) || '8' || substr(digest, 18, 15))::uuid
    FROM encode(sha256(int8send(octet_length(type)) || convert_to(type, 'UTF8')
      || int8send(octet_length(name)) || convert_to(name, 'UTF8')), 'hex') AS digest);

-- Makes a partition that holds a day (days since 1970), of its own or its whole month's, where there is none. A month that ended more than a month ago is
-- history being projected late, and one that has not begun a month from now is nobody's present: each gets one partition, since years of thinly sown days would
-- otherwise be thousands of tables, a quarter of a second each to make. Where the rows lie changes no answer. Runs as the owner, so that a projector need not own anything; attaching takes no lock that a reader would notice.
CREATE FUNCTION ensure_day(day integer) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  first date := date '1970-01-01' + day;
  month date := date_trunc('month', first)::date;
  stamp text := to_char(first, 'YYYYMMDD');
  behind date := first + 1;
  low uuid;
  high uuid;
  name text;
BEGIN
  IF day < 0 OR day > 100000 THEN
    RAISE EXCEPTION 'day % lies outside the years that ids can tell', day USING ERRCODE = 'PZ001';
  END IF;
  IF to_regclass('events_' || stamp) IS NOT NULL OR to_regclass('events_' || left(stamp, 6)) IS NOT NULL THEN
    RETURN false;
  END IF;
  -- One at a time: several partitions of the log meet a day at once. The lock is the one that attaching takes; readers and writers do not notice it.
  LOCK TABLE events IN SHARE UPDATE EXCLUSIVE MODE;
  IF to_regclass('events_' || stamp) IS NOT NULL OR to_regclass('events_' || left(stamp, 6)) IS NOT NULL THEN
    RETURN false;
  END IF;
  IF (month <= now() - interval '2 months' OR month > now() + interval '1 month') AND NOT EXISTS (
    SELECT FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'events'::regclass AND starts_with(relname, 'events_' || left(stamp, 6)))
  THEN
    stamp := left(stamp, 6);
    first := month;
    behind := (month + interval '1 month')::date;
  END IF;
  low := first_id(first::timestamp AT TIME ZONE 'UTC');
  high := first_id(behind::timestamp AT TIME ZONE 'UTC');
  EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING ALL, CHECK (event_id >= %L AND event_id < %L)) PARTITION BY LIST (domain)',
    'events_' || stamp, low, high);
  FOREACH name IN ARRAY ARRAY['ai', 'crypto'] LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES IN (%L)', 'events_' || stamp || '_' || name, 'events_' || stamp, name);
    PERFORM secure_table(('events_' || stamp || '_' || name)::regclass);
  END LOOP;
  PERFORM secure_table(('events_' || stamp)::regclass);
  EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', 'events_' || stamp, low, high);
  RETURN true;
END
$$;

-- Keeps `event_search` as `events` is. By statement and not by row: a batch is one statement.
CREATE FUNCTION index_events() RETURNS trigger
  LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM event_search AS entry USING removed
      WHERE entry.tenant = removed.tenant AND entry.domain = removed.domain AND entry.event_id = removed.event_id;
  ELSE
    -- Cut: a tsvector holds at most a megabyte.
    INSERT INTO event_search (tenant, domain, event_id, partition, search)
      SELECT tenant, domain, event_id, partition,
        to_tsvector('english', left(coalesce(title, ''), 2000) || ' ' || left(coalesce(body, ''), 8000))
      FROM added;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER index_added AFTER INSERT ON events REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION index_events();
CREATE TRIGGER index_removed AFTER DELETE ON events REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION index_events();
