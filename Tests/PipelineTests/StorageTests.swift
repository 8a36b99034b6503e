import Fixtures
import Glibc
import Model
import Runtime
import Testing

/// What the machine may deny: space, permission, the right kind of file. Over the program, so that wording and exit codes are seen too.
@Suite struct StorageTests {
  @Test func aFileInPlaceOfTheDataDirectoryIsAClearError() {
    let folder = TemporaryFolder()
    let file = folder.write([1], to: "file")
    for command in [["init"], ["status"], ["run"]] {
      let result = Process.run([Process.prowzi] + command + ["--data", file])
      #expect((3...6).contains(result.status), "\(command): \(result.status) \(result.output)")
      #expect(result.output.contains(file))
    }
  }

  @Test func aMissingInputIsNamed() throws {
    let folder = TemporaryFolder()
    let directory = try BadInputTests.directory(in: folder)
    let result = Process.run([Process.prowzi, "ingest", "--data", directory.path, "--source", "a", folder.path + "/absent.jsonl"])
    #expect(result.status == 4)
    #expect(result.output.contains("absent.jsonl"))
  }

  @Test(.enabled(if: getuid() != 0, "permissions do not bind the superuser"))
  func aDirectoryWithoutPermissionIsAClearError() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    chmod(directory.path, 0)
    defer { chmod(directory.path, 0o700) }
    let result = Process.run([Process.prowzi, "run", "--data", directory.path])
    #expect(result.status == 6)
    #expect(result.output.contains("permission"))
  }

  @Test(.enabled(if: Process.canMount, "a mount table of our own is not allowed here"))
  func aReadOnlyDirectoryIsAClearErrorAndCanStillBeRead() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.folded.directory, as: "data")
    let inside = "mount --bind \"$2\" \"$2\" && mount -o remount,ro,bind \"$2\" && exec \"$1\" $3 --data \"$2\""
    let run = Process.run(["/usr/bin/env", "unshare", "-m", "sh", "-c", inside, "sh", Process.prowzi, directory.path, "run"])
    #expect(run.status == 6)
    #expect(run.output.contains("read-only"))
    let status = Process.run(["/usr/bin/env", "unshare", "-m", "sh", "-c", inside, "sh", Process.prowzi, directory.path, "status"])
    #expect(status.status == 0)
  }

  /// A disk that fills while the pipeline runs, and then has room again.
  @Test(.enabled(if: Process.canMount, "a mount table of our own is not allowed here"))
  func aFullDiskStopsTheRunAndLosesNothing() throws {
    let folder = TemporaryFolder()
    let script = """
      set -e
      mkdir "$2/small"
      mount -t tmpfs -o size=200m none "$2/small"
      cp -r "$3" "$2/small/data"
      mount -o remount,size=$(( $(du -sk "$2/small" | cut -f1) + 500 ))k "$2/small"
      if "$1" run --data "$2/small/data" --batch 50 --checkpoint-records 100; then echo "it went through"; exit 99; else code=$?; fi
      mount -o remount,size=200m "$2/small"
      "$1" run --data "$2/small/data" --batch 50
      cp -r "$2/small/data" "$2/after"
      exit "$code"
      """
    let result = Process.run([
      "/usr/bin/env", "unshare", "-m", "sh", "-c", script, "sh", Process.prowzi, folder.path, Ingested.directory.path,
    ])
    #expect(result.status == 6, "\(result.output)")
    #expect(result.output.contains("the disk is full"))
    let after = try DataDirectory(path: folder.path + "/after")
    #expect(try after.derivedLines() == Ingested.outcome.derivedLines)
    #expect(try verify(after).isIdentical)
  }

  /// The same without privileges: no file may grow beyond 64 KiB.
  @Test(.disabled(if: Place.environment("TSAN_OPTIONS") != nil, "ThreadSanitizer itself begins with a file larger than the limit"))
  func aLimitOnFileSizesStopsTheRunAndLosesNothing() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$1\" run --data \"$2\" --batch 50"
    let result = Process.shell(script, Process.prowzi, directory.path)
    #expect(result.status == 6, "\(result.output)")
    #expect(result.output.contains("larger than is allowed"))
    try fold(directory)
    #expect(try directory.derivedLines() == Ingested.outcome.derivedLines)
  }
}
