-- Who may do what. Three roles, which belong to the whole server and are granted to the users who log in:
--   prowzi_projector  writes every tenant's rows
--   prowzi_reader     reads `shared`, and the tenant that `prowzi.tenant` names where `tenant_access` lets the user have it
--   prowzi_admin      reads and writes everything, and says in `tenant_access` who may have what

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['prowzi_projector', 'prowzi_reader', 'prowzi_admin'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- somebody else made it at this moment
      END;
    END IF;
  END LOOP;
  -- COPY into a table below row security is refused, so a projector would have to write every row twice. The policies of its role let every row through, so
  -- standing above them gives it nothing more: it has rights in this schema alone. Where nobody may say so, rows take the longer way.
  BEGIN
    ALTER ROLE prowzi_projector BYPASSRLS;
  EXCEPTION WHEN insufficient_privilege THEN
    NULL;
  END;
  -- Row security binds the owner too: it reads and writes as an administrator.
  IF NOT pg_has_role(current_user, 'prowzi_admin', 'USAGE') THEN
    EXECUTE format('GRANT prowzi_admin TO %I', current_user);
  END IF;
END
$$;

-- The tenant in force: the setting, where the user may have it. A setting anybody can set is a wish, not a permission.
CREATE FUNCTION allowed_tenant() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT current_setting('prowzi.tenant', true)
  WHERE EXISTS (
    SELECT FROM tenant_access AS access
    WHERE access.role_name = current_user AND access.tenant IN ('*', current_setting('prowzi.tenant', true)));
END;

ALTER TABLE tenant_access ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_access FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenant_access FOR SELECT TO prowzi_reader USING (role_name = current_user);
CREATE POLICY everything ON tenant_access TO prowzi_admin USING (true) WITH CHECK (true);

-- Row security for a table with a tenant in each row.
CREATE FUNCTION secure_table(name regclass) RETURNS void
  LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
  EXECUTE format('CREATE POLICY tenant ON %s FOR SELECT TO prowzi_reader '
    'USING (tenant = ''shared'' OR tenant = (SELECT allowed_tenant()))', name);
  EXECUTE format('CREATE POLICY projection ON %s TO prowzi_projector USING (true) WITH CHECK (true)', name);
  EXECUTE format('CREATE POLICY administration ON %s TO prowzi_admin USING (true) WITH CHECK (true)', name);
END
$$;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['events', 'event_search', 'evaluations', 'briefs', 'brief_events', 'brief_revisions', 'evidence', 'stories', 'story_sources', 'entities',
    'mentions', 'edges', 'heat', 'bands', 'dead_letters', 'scorers', 'scorer_documents', 'controls', 'promotions'] LOOP
    PERFORM secure_table(name::regclass);
    EXECUTE format('GRANT SELECT ON %I TO prowzi_reader', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO prowzi_projector, prowzi_admin', name);
  END LOOP;
END
$$;

GRANT SELECT ON tenant_access TO prowzi_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_access TO prowzi_admin;
GRANT SELECT, INSERT, UPDATE ON positions, fences TO prowzi_projector, prowzi_admin;

REVOKE ALL ON FUNCTION ensure_day(integer), secure_table(regclass), allowed_tenant() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_day(integer) TO prowzi_projector, prowzi_admin;
GRANT EXECUTE ON FUNCTION allowed_tenant() TO prowzi_reader, prowzi_projector, prowzi_admin;
