import Foundation
import Model
import Projection
import Runtime
import Testing

@testable import Postgres

/// What goes wrong outside, and what is said of it.
@Suite struct FailureTests {
  @Test func refusalsSayWhatToDo() throws {
    let settings = try Cluster.database()
    try settings.connect().execute("DO $$ BEGIN CREATE ROLE locked LOGIN PASSWORD 'right'; EXCEPTION WHEN OTHERS THEN NULL; END $$")
    func refusal(_ settings: ConnectionSettings) -> ProwziError? {
      #expect(throws: ProwziError.self) { try Connection(settings) }
    }
    var wrong = settings.user("locked")
    wrong.url += "&password=wrong%20secret"
    let password = refusal(wrong)
    #expect(password?.code == "postgres.authentication")
    #expect(password?.message == #"Postgres: password authentication failed for user "locked""#)
    #expect(password?.description.contains("secret") == false)

    let database = refusal(Cluster.settings("nowhere"))
    #expect(database?.code == "postgres.no_database")
    #expect(database?.advice?.contains("createdb") == true)

    let old = refusal(Cluster.settings("postgres", minimumVersion: 990_000))
    #expect(old?.code == "postgres.old_server")
    #expect(old?.advice == "Connect to a server of version 99 or newer")

    let nobody = refusal(ConnectionSettings(url: "postgresql:///postgres?host=/nowhere"))
    #expect(nobody?.code == "projection.connection_lost")

    let address = refusal(ConnectionSettings(url: "postgresql://user:secret@[broken"))
    #expect(address?.code == "postgres.address")
    #expect(address?.description.contains("secret") == false)

    let missing = #expect(throws: ProwziError.self) { try PostgresStore(try Cluster.database(migrated: false)).check() }
    #expect(missing?.code == "postgres.not_migrated")
  }

  @Test func migratingWithoutTheRightLeavesNothing() throws {
    let settings = try Cluster.database(migrated: false)
    let user = "nobody_\(UInt32.random(in: 0 ... .max))"
    try settings.connect().execute("CREATE ROLE \(user) LOGIN")
    let schema = #expect(throws: ProwziError.self) { try Schema.migrate(settings.user(user)) }
    #expect(schema?.code == "postgres.privilege")
    // May make a schema, but neither roles nor grants of them: it fails in the third migration.
    let name = try settings.value("SELECT current_database()") ?? ""
    try settings.connect().execute("GRANT CREATE ON DATABASE \(name) TO \(user)")
    let roles = #expect(throws: ProwziError.self) { try Schema.migrate(settings.user(user)) }
    #expect(roles?.code == "postgres.privilege")
    #expect(roles?.place?.contains("migration 3 (tenants)") == true)
    #expect(try settings.value("SELECT to_regnamespace('prowzi')") == nil)
    let project = #expect(throws: ProwziError.self) { try PostgresStore(try Cluster.database().user(user)).check() }
    #expect(project?.code == "postgres.privilege")
  }

  @Test func aDryRunChangesNothing() throws {
    let settings = try Cluster.database(migrated: false)
    #expect(try Schema.plan(settings).pending.map(\.number) == [1, 2, 3, 4])
    #expect(try settings.value("SELECT to_regnamespace('prowzi')") == nil)
    #expect(try Schema.migrate(settings).pending.count == 4)
    #expect(try Schema.plan(settings).pending.isEmpty)
    #expect(try Schema.migrate(settings).applied == [1, 2, 3, 4])
  }

  @Test func migrationsOfANewerProgramAreLeftAlone() throws {
    let settings = try Cluster.database()
    try settings.connect().execute("INSERT INTO prowzi.migrations (number, name, digest) VALUES (99, 'later', '\\x00')")
    for attempt in [
      { _ = try Schema.migrate(settings) }, { _ = try PostgresStore(settings).open(.init(0)) }, { _ = try Schema.plan(settings) },
    ] {
      let error = #expect(throws: ProwziError.self) { try attempt() }
      #expect(error?.code == "postgres.schema_newer")
      #expect(error?.message.contains("they have migration 99, this program knows 4") == true)
    }
    #expect(try settings.value("SELECT count(*) FROM prowzi.migrations") == "5")
    try settings.connect().execute(
      "DELETE FROM prowzi.migrations WHERE number = 99; UPDATE prowzi.migrations SET digest = '\\x01' WHERE number = 2")
    let changed = #expect(throws: ProwziError.self) { try Schema.migrate(settings) }
    #expect(changed?.code == "postgres.schema_changed")
  }

  /// On a file system of 96 MB, which needs the right to mount one.
  @Test func aFullDiskKeepsNothingHalfDone() throws {
    guard geteuid() == 0 else { return print("aFullDiskKeepsNothingHalfDone: not root, so no small file system can be mounted; not tried") }
    let folder = Cluster.directory + "/small"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    Cluster.shell("/bin/mount", ["-t", "tmpfs", "-o", "size=96m,mode=777", "none", folder])
    defer { Cluster.shell("/bin/umount", ["-l", folder]) }
    guard Cluster.shell("/bin/mount", []).contains(folder) else {
      return print("aFullDiskKeepsNothingHalfDone: no file system can be mounted here; not tried")
    }
    Cluster.shell("/bin/chown", ["postgres", folder])
    let name = "small_\(UInt32.random(in: 0 ... .max))"
    let owner = try Cluster.settings("postgres").connect()
    try owner.execute("CREATE TABLESPACE \(name) LOCATION '\(folder)'")
    try owner.execute("CREATE DATABASE \(name) TEMPLATE template1 TABLESPACE \(name)")
    let settings = Cluster.settings(name)
    defer {
      _ = try? owner.execute("DROP DATABASE \(name) WITH (FORCE)")
      _ = try? owner.execute("DROP TABLESPACE \(name)")
    }
    try Schema.migrate(settings)
    let store = PostgresStore(settings)
    let log = sampleLog(4000, partitions: 1)
    var settingsOfRun = ProjectorSettings()
    settingsOfRun.batchRecords = 500
    settingsOfRun.largestBatch = 500
    // Leaves little room, so that the disk is full after a few batches.
    Cluster.shell(
      "/bin/sh",
      [
        "-c",
        "free=$(df --output=avail -k '\(folder)' | tail -1); dd if=/dev/zero of='\(folder)/ballast' bs=1k count=$((free - 6000)) 2>/dev/null",
      ])
    let error = #expect(throws: ProwziError.self) {
      try Projector(log, partitions: 1, store: store, settings: settingsOfRun).run(stop: StopFlag())
    }
    #expect(error?.code == "postgres.disk_full")
    #expect(error?.advice?.contains("nothing of the batch was kept") == true)
    // Room again: what is there is whole, and it goes on.
    Cluster.shell("/bin/rm", ["\(folder)/ballast"])
    #expect(try verify(log, store).isClean)
    #expect(try !verifyPositions(log, store))
    #expect(try Projector(log, partitions: 1, store: store, settings: settingsOfRun).run(stop: StopFlag()).transactions > 0)
    #expect(try verifyPositions(log, store))
    #expect(try verify(log, store).isClean)
  }

  @Test func everySQLStateOfTheTableHasTheMeaningOfItsLongestBeginning() {
    #expect(ServerErrors.meaning(of: "57P03").0 == "projection.connection_lost")
    #expect(ServerErrors.meaning(of: "57014").0 == "postgres.timeout")
    #expect(ServerErrors.meaning(of: "53100").0 == "postgres.disk_full")
    #expect(ServerErrors.meaning(of: "53999").0 == "postgres.resources")
    #expect(ServerErrors.meaning(of: "40P01").0 == "postgres.busy")
    #expect(ServerErrors.meaning(of: "").0 == "projection.connection_lost")
    #expect(ServerErrors.meaning(of: "ZZ999").0 == "postgres.failed")
  }
}
