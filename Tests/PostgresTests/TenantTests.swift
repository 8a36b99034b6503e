import Foundation
import Model
import Projection
import Testing

@testable import Postgres

/// Who can see and change what: every table, view and function of the schema, as every role, with and without the setting.
@Suite struct TenantTests {
  /// A database with rows of three tenants, and users for each role. Users belong to the whole server, so their names carry the database's.
  private struct World {
    let settings: ConnectionSettings
    let north: String
    let every: String
    let outsider: String
    let projector: String
    let admin: String

    init() throws {
      settings = try Cluster.database()
      try project(sampleLog(400, tenants: ["shared", "north", "south"]), PostgresStore(settings))
      let suffix = UInt32.random(in: 0 ... .max)
      (north, every, outsider, projector, admin) = (
        "north_\(suffix)", "every_\(suffix)", "outsider_\(suffix)", "projector_\(suffix)", "admin_\(suffix)"
      )
      try settings.connect().execute(
        """
        CREATE ROLE \(north) LOGIN IN ROLE prowzi_reader; CREATE ROLE \(every) LOGIN IN ROLE prowzi_reader;
        CREATE ROLE \(outsider) LOGIN; CREATE ROLE \(projector) LOGIN IN ROLE prowzi_projector; CREATE ROLE \(admin) LOGIN IN ROLE prowzi_admin;
        INSERT INTO prowzi.tenant_access VALUES ('\(north)', 'north'), ('\(every)', '*')
        """)
    }

    /// The tenants whose rows an SQL text, which answers tenants, shows to a user; `nil` where it may not ask.
    func seen(_ sql: String, as user: String, tenant: String?) throws -> Set<String>? {
      let connection = try settings.user(user).connect()
      let setting = tenant.map { "SET LOCAL prowzi.tenant = '\($0)'; " } ?? ""
      defer { connection.rollBack() }
      do {
        try connection.execute("BEGIN; \(setting)")
        return Set(try connection.execute(sql).rows.compactMap { $0[0] })
      } catch {
        if error.code == "postgres.privilege" { return nil }
        throw error
      }
    }

    func relations(_ kinds: String) throws -> [String] {
      try settings.connect().execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'prowzi'::regnamespace AND relkind IN (\(kinds)) ORDER BY relname"
      ).rows.compactMap { $0[0] }
    }
  }

  /// Tables that hold no tenant's rows, and what a reader may see of them.
  private static let books: Set<String> = ["positions", "fences", "migrations", "tenant_access"]

  @Test func everyTableWithATenantForcesRowSecurity() throws {
    let world = try World()
    let open = try world.settings.connect().execute(
      """
      SELECT relname FROM pg_class WHERE relnamespace = 'prowzi'::regnamespace AND relkind IN ('r', 'p')
      AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname
      """)
    #expect(Set(open.rows.compactMap { $0[0] }) == ["positions", "fences", "migrations"])
    // Partitions of days are tables, too.
    #expect(try world.relations("'r', 'p'").count > 20)
    let views = try world.settings.connect().execute(
      """
      SELECT relname FROM pg_class WHERE relnamespace = 'prowzi'::regnamespace AND relkind = 'v'
      AND NOT coalesce(reloptions, '{}') @> '{security_invoker=true}'
      """)
    #expect(views.count == 0)
  }

  @Test func readersSeeWhatIsSharedAndTheirOwn() throws {
    let world = try World()
    for table in try world.relations("'r', 'p', 'v'") where !Self.books.contains(table) {
      let hasTenant =
        try world.settings.value(
          "SELECT count(*) FROM pg_attribute WHERE attrelid = 'prowzi.\(table)'::regclass AND attname = 'tenant'") == "1"
      let isDay = table.hasPrefix("events_2")
      // A view that adds up over tenants is held against what the tables show below.
      let sql = hasTenant ? "SELECT DISTINCT tenant FROM prowzi.\(table)" : "SELECT 'shared' FROM prowzi.\(table) LIMIT 1"
      #expect(try world.seen(sql, as: world.outsider, tenant: "north") == nil, "\(table)")
      for (user, tenant, expected) in [
        (world.north, nil, ["shared"]), (world.north, "north", ["shared", "north"]), (world.north, "south", ["shared"]),
        (world.north, "shared", ["shared"]), (world.north, "", ["shared"]), (world.north, "*", ["shared"]),
        (world.every, nil, ["shared"]), (world.every, "south", ["shared", "south"]),
      ] as [(String, String?, Set<String>)] {
        let found = try world.seen(sql, as: user, tenant: tenant)
        if isDay {
          // Days are reached through their parent alone.
          #expect(found == nil, "\(table)")
        } else {
          #expect(
            found.map { $0.isSubset(of: hasTenant ? expected : ["shared"]) } == true,
            "\(table) as \(user) with \(tenant ?? "nothing"): \(found ?? [])")
          if hasTenant, !["promotions", "controls", "scorer_documents", "source_leads"].contains(table) {
            #expect(found == expected, "\(table) as \(user) with \(tenant ?? "nothing")")
          }
        }
      }
    }
    for table in Self.books {
      #expect((try world.seen("SELECT 'x' FROM prowzi.\(table)", as: world.outsider, tenant: nil)) == nil, "\(table)")
    }
    // Of the books a reader sees its own line of access and nothing else.
    #expect(try world.seen("SELECT role_name FROM prowzi.tenant_access", as: world.north, tenant: nil) == [world.north])
    for table in ["positions", "fences", "migrations"] {
      #expect(try world.seen("SELECT 'x' FROM prowzi.\(table)", as: world.north, tenant: nil) == nil)
    }
  }

  /// Views without a tenant column add up exactly the rows that their tables show to the same user.
  @Test func sumsOverTenantsHoldOnlyVisibleRows() throws {
    let world = try World()
    for tenant in [nil, "north", "south"] {
      for (view, table) in [
        ("SELECT sum(events) FROM prowzi.ontology_heat", "SELECT sum(events) FROM prowzi.heat"),
        ("SELECT sum(events) FROM prowzi.band_counts", "SELECT sum(events) FROM prowzi.bands"),
        ("SELECT sum(events) / 2 FROM prowzi.entity_neighbours", "SELECT sum(events) FROM prowzi.edges"),
      ] {
        let user = world.north
        let through = try world.seen(view, as: user, tenant: tenant)?.compactMap { Double($0) }
        let direct = try world.seen(table, as: user, tenant: tenant)?.compactMap { Double($0) }
        #expect(through == direct)
      }
    }
    let own = try world.seen("SELECT sum(events) FROM prowzi.ontology_heat", as: world.north, tenant: "north")
    let foreign = try world.seen("SELECT sum(events) FROM prowzi.ontology_heat", as: world.north, tenant: "south")
    #expect(own != foreign)
  }

  @Test func functionsShowNoForeignRows() throws {
    let world = try World()
    let functions = try world.settings.connect().execute(
      "SELECT proname FROM pg_proc WHERE pronamespace = 'prowzi'::regnamespace ORDER BY proname")
    // A function that is added here must be tried below.
    #expect(
      functions.rows.compactMap { $0[0] } == [
        "allowed_tenant", "calling_user", "ensure_day", "entity_id", "first_id", "id_time", "index_events", "neighbourhood",
        "reading_tenants", "search_briefs", "search_events", "secure_table", "visible_tenants", "walk_graph",
      ])
    let all = "prowzi.first_id('1980-01-01'), prowzi.first_id('2100-01-01')"
    for tenant in [nil, "north", "south"] as [String?] {
      let own: Set<String> = tenant == "north" ? ["shared", "north"] : ["shared"]
      // The owner looks up whose rows the ids are.
      let events =
        try world.seen("SELECT prowzi.search_events('bridge or exploit or model or token', \(all), 10000)", as: world.north, tenant: tenant)
        ?? []
      let briefs =
        try world.seen("SELECT prowzi.search_briefs('bridge or exploit or model or token', 10000)", as: world.north, tenant: tenant) ?? []
      for (table, key, ids) in [("events", "event_id", events), ("briefs", "brief_id", briefs)] {
        let list = ids.map { "'\($0)'" }.joined(separator: ",")
        let tenants = try world.settings.connect().execute("SELECT DISTINCT tenant FROM prowzi.\(table) WHERE \(key) IN (\(list))")
        #expect(Set(tenants.rows.compactMap { $0[0] }) == own, "\(table) with \(tenant ?? "nothing")")
      }
      let graph = try world.seen(
        "SELECT mentions FROM prowzi.neighbourhood('organization', 'Org 3', 1)  WHERE distance = 0", as: world.north, tenant: tenant)
      let direct = try world.seen("SELECT sum(mentions) FROM prowzi.entities WHERE name = 'Org 3'", as: world.north, tenant: tenant)
      #expect(graph == direct)
      #expect(try world.seen("SELECT unnest(prowzi.reading_tenants())", as: world.north, tenant: tenant) == own)
    }
    for call in ["ensure_day(20000)", "secure_table('prowzi.events')", "visible_tenants()", "calling_user()"] {
      #expect(try world.seen("SELECT prowzi.\(call)", as: world.north, tenant: "north") == nil, "\(call)")
    }
    for call in [
      "search_events('x', \(all), 1)", "search_briefs('x', 1)", "neighbourhood('a', 'b')",
      "walk_graph(prowzi.first_id('2020-01-01'), 1, 1)", "reading_tenants()",
      "allowed_tenant()",
    ] {
      #expect(try world.seen("SELECT prowzi.\(call)", as: world.outsider, tenant: "north") == nil, "\(call)")
    }
    // Changing the role inside the session does not change whose rows are seen.
    #expect(
      try world.seen("SET LOCAL ROLE prowzi_reader; SELECT DISTINCT tenant FROM prowzi.events", as: world.north, tenant: "north") == [
        "shared"
      ])
    #expect(try world.seen("SET LOCAL ROLE prowzi_projector", as: world.north, tenant: "north") == nil)
  }

  @Test func readersChangeNothing() throws {
    let world = try World()
    for table in try world.relations("'r', 'p', 'v'") {
      for sql in [
        "INSERT INTO prowzi.\(table) SELECT * FROM prowzi.\(table) LIMIT 0", "DELETE FROM prowzi.\(table)", "TRUNCATE prowzi.\(table)",
        "UPDATE prowzi.\(table) SET \(try firstColumn(table, world)) = DEFAULT",
      ] {
        for user in [world.north, world.outsider] {
          let connection = try world.settings.user(user).connect()
          let error = #expect(throws: ProwziError.self, "\(sql)") {
            try connection.execute("BEGIN; SET LOCAL prowzi.tenant = 'north'; \(sql)")
          }
          #expect(
            ["postgres.privilege", "postgres.failed", "postgres.constraint"].contains(error?.code.text ?? ""),
            "\(sql): \(error?.message ?? "")")
        }
      }
    }
    #expect(try world.settings.value("SELECT count(*) FROM prowzi.events") == "400")
  }

  private func firstColumn(_ table: String, _ world: World) throws -> String {
    try world.settings.value("SELECT attname FROM pg_attribute WHERE attrelid = 'prowzi.\(table)'::regclass AND attnum = 1") ?? ""
  }

  @Test func projectorsAndAdministratorsSeeEverything() throws {
    let world = try World()
    for user in [world.projector, world.admin] {
      #expect(try world.seen("SELECT DISTINCT tenant FROM prowzi.events", as: user, tenant: nil) == ["shared", "north", "south"])
    }
    // A projector that owns nothing projects, days included.
    let log = sampleLog(100, seed: 500)
    let settings = try Cluster.database()
    try project(log, PostgresStore(settings.user(world.projector)))
    #expect(try verify(log, PostgresStore(settings.user(world.projector))).isClean)
    let error = #expect(throws: ProwziError.self) { try settings.user(world.projector).connect().execute("DROP TABLE prowzi.briefs") }
    #expect(error?.code == "postgres.privilege")
  }
}
