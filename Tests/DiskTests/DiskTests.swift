import Foundation
import Glibc
import Model
import Ports
import Testing

@testable import Disk

/// Runs with a directory that goes afterwards.
private func withScratchDirectory(_ body: (DiskFileSystem) throws -> Void) throws {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("prowzi-disk-\(UUID().uuidString)").path
  let files = DiskFileSystem(root: path)
  try files.createDirectory("")
  defer { try? FileManager.default.removeItem(atPath: path) }
  try body(files)
}

@Suite struct DiskTests {
  @Test func whatIsWrittenIsReadAtItsPlace() throws {
    try withScratchDirectory { files in
      let file = try files.open("a", .readWrite)
      try file.write([UInt8](repeating: 1, count: 100_000).span, at: 0)
      try file.write([2, 3].span, at: 99_999)
      #expect(try file.size() == 100_001)
      var bytes: [UInt8] = [9]
      try file.read(at: 99_998, count: 50, appendingTo: &bytes)
      #expect(bytes == [9, 1, 2, 3])
      try file.read(at: 200_000, count: 5, appendingTo: &bytes)
      #expect(bytes.count == 4)
      try file.truncate(to: 3)
      try file.truncate(to: 5)
      try file.sync()
      var rest: [UInt8] = []
      try files.open("a", .read).read(at: 0, count: 10, appendingTo: &rest)
      #expect(rest == [1, 1, 1, 0, 0])
    }
  }

  @Test func namesAreMadeListedRenamedAndRemoved() throws {
    try withScratchDirectory { files in
      try files.createDirectory("x/y/z")
      try files.createDirectory("x/y/z")
      for name in ["b", "a", "é", "B"] { _ = try files.open("x/\(name)", .createNew) }
      #expect(try files.list("x") == ["B", "a", "b", "y", "é"])
      try files.rename("x/a", to: "x/b")
      try files.syncDirectory("x")
      try files.remove("x/B")
      try files.removeDirectory("x/y/z")
      #expect(try files.list("x") == ["b", "y", "é"])
      #expect(try files.exists("x/b") && !files.exists("x/a") && !files.exists("x/b/c"))
    }
  }

  @Test func everyKindOfFailureHasItsCodeAndTheWholePath() throws {
    try withScratchDirectory { files in
      _ = try files.open("file", .createNew)
      let cases: [(String, ProwziError.Code, () throws -> Void)] = [
        ("open", "file.not_found", { _ = try files.open("none", .read) }), ("list", "file.not_found", { _ = try files.list("none") }),
        ("create", "file.exists", { _ = try files.open("file", .createNew) }),
        ("directory over file", "file.io", { try files.createDirectory("file/x") }),
        ("remove", "file.not_found", { try files.remove("none") }),
      ]
      for (label, code, body) in cases {
        let error = #expect(throws: ProwziError.self, "\(label)") { try body() }
        #expect(error?.code == code, "\(label)")
        #expect(error?.place?.hasPrefix(files.root) == true, "\(label)")
      }
      // The device that is always full: full(4).
      let full = try DiskFileSystem(root: "/dev").open("full", .readWrite)
      let error = #expect(throws: ProwziError.self) { try full.write([1].span, at: 0) }
      #expect(error?.code == "file.full" && error?.place == "/dev/full" && error?.advice != nil)
    }
  }

  @Test(arguments: [
    (ENOSPC, "file.full"), (EDQUOT, "file.full"), (EFBIG, "file.full"), (EACCES, "file.denied"), (EPERM, "file.denied"),
    (EROFS, "file.denied"),
    (ENOENT, "file.not_found"), (EEXIST, "file.exists"), (EIO, "file.io"), (EMFILE, "file.io"), (ENXIO, "file.io"),
  ])
  func errnoBecomesACode(number: Int32, code: String) {
    let error = ProwziError.systemCall("pwrite", number, place: "p")
    #expect(error.code.text == code && error.place == "p" && error.cause?.hasPrefix("pwrite: ") == true)
  }

  @Test func aLockHasOneHolderAndNamesItsProcess() throws {
    try withScratchDirectory { files in
      var first = try files.lock("lock")
      #expect(first != nil)
      #expect(try files.lock("lock") == nil)
      var bytes: [UInt8] = []
      try files.open("lock", .read).read(at: 0, count: 100, appendingTo: &bytes)
      #expect(bytes.displayText == "\(getpid())\n")
      first?.release()
      first?.release()
      let second = try files.lock("lock")
      #expect(second != nil)
      first = nil
      #expect(try files.lock("lock") == nil)
    }
  }

  @Test func theClockIsPastTheDayThisWasWritten() {
    #expect(SystemClock().now() > Timestamp(milliseconds: 1_767_225_600_000))
  }
}
