import Glibc
import Kafka
import Model
import Ports
import Runtime
import Stages
import Testing

/// What is made of a cluster's records elsewhere is what is made of an embedded log's: tables in Postgres, and what candidates judge.
@Suite(.serialized) struct DerivationTests {
  private func prowzi(_ words: String...) -> Process.Result { Process.run([Process.prowzi] + words) }

  @Test func tablesOfAClusterAreThoseOfTheEmbeddedLog() throws {
    let broker = TestBroker()
    let cluster = try broker.prepared()
    try fold(cluster)
    let started = Process.run([
      "/usr/bin/env", "PROWZI_POSTGRES_GUARD=\(getpid())", "PROWZI_POSTGRES_SETTINGS=fsync = off", Place.package + "/ops/postgres", "start",
    ])
    let first = String(started.output.split(separator: "\n").last ?? "")
    try #require(started.status == 0 && first.hasPrefix("postgresql:///postgres?"), "\(started.output)")
    // The socket's folder lies in the server's.
    let server = first.split(separator: "=").dropFirst().first?.split(separator: "&").first?.dropLast("/socket".count) ?? ""
    defer { _ = Process.run([Place.package + "/ops/postgres", "remove", String(server)]) }
    #expect(Process.run(["/usr/bin/env", "psql", first, "-c", "CREATE DATABASE embedded"]).status == 0)
    let second = "postgresql:///embedded?" + first.dropFirst("postgresql:///postgres?".count)
    for url in [first, second] { #expect(prowzi("project", "migrate", "--postgres", url).status == 0) }

    // In two steps, so that positions are taken up on the cluster, too.
    let projected = prowzi("project", "--kafka", broker.address, "--postgres", first)
    #expect(projected.status == 0, "\(projected.output)")
    #expect(prowzi("project", "--data", Embedded.directory.path, "--postgres", second).status == 0)
    let verified = prowzi("project", "verify", "--kafka", broker.address, "--postgres", first)
    #expect(verified.status == 0, "\(verified.output)")
    let again = prowzi("project", "--kafka", broker.address, "--postgres", first)
    #expect(again.output.contains("Nothing to project"), "\(again.output)")
    for question in ["briefs", "events", "stories", "bands"] {
      let (here, there) = (
        prowzi("query", question, "--postgres", first, "--format", "json"),
        prowzi("query", question, "--postgres", second, "--format", "json")
      )
      #expect(here.status == 0, "\(here.output)")
      #expect(here.output == there.output && here.output.count > 100, "\(question): \(here.output.prefix(300)) \(there.output.prefix(300))")
    }
    // What comes later is projected, too.
    #expect(prowzi("deadletters", "redrive", "--all", "--kafka", broker.address).status == 0)
    #expect(prowzi("run", "--kafka", broker.address).status == 0)
    let later = prowzi("project", "--kafka", broker.address, "--postgres", first)
    #expect(later.output.contains("Projected "), "\(later.output)")
    #expect(prowzi("project", "verify", "--kafka", broker.address, "--postgres", first).status == 0)
  }

  @Test func aScorerJudgesAClustersEventsAsItJudgesThoseOfAnEmbeddedLog() throws {
    let broker = TestBroker()
    let cluster = try broker.prepared()
    try fold(cluster, batch: 60, checkpointEvery: 150)
    let folder = TemporaryFolder()
    let (copy, bench) = (folder.path + "/copy", folder.path + "/bench")
    #expect(Process.run(["/bin/cp", "-a", Embedded.directory.path, copy]).status == 0)
    let document = folder.write(
      #"{"name":"sober","version":1,"extends":"default@1","half_life_minutes":{"default":{"ai":60,"crypto":30}}}"#, to: "sober.json")
    // A directory with records of its own is not taken for a place beside a cluster.
    let refused = prowzi("backfill", "--scorer", "default@1", "--kafka", broker.address, "--data", copy)
    #expect(refused.status == 2 && refused.output.contains("has records of its own"), "\(refused.output)")
    // Made by the first, which then holds the scorer for the second.
    let built = prowzi("backfill", "--scorer", "default@1", "--kafka", broker.address, "--data", bench)
    #expect(built.status == 0, "\(built.output)")
    // What is in force judges as is recorded.
    let same = prowzi("diff", "default@1", "--kafka", broker.address, "--data", bench)
    #expect(same.status == 0, "\(same.output)")
    for directory in [copy, bench] {
      let added = prowzi("scorer", "add", document, "--data", directory)
      #expect(added.status == 0, "\(added.output)")
    }
    let before = try linesAsRead(cluster)
    let judged = prowzi("backfill", "--scorer", "sober@1", "--kafka", broker.address, "--data", bench)
    #expect(judged.status == 0, "\(judged.output)")
    #expect(try linesAsRead(cluster) == before, "nothing of the cluster is touched")
    #expect(prowzi("backfill", "--scorer", "sober@1", "--data", copy).status == 0)
    func lines(_ path: String) throws(ProwziError) -> [String] {
      let directory = try DataDirectory(path: path)
      let log = try directory.openReader()
      var lines: [String] = []
      for topic in directory.topics.map(\.name).sorted() where topic.text.hasPrefix("prowzi.candidate.sober.1.") {
        for index in 0..<directory.partitions {
          let target = TopicPartition(topic: topic, partition: PartitionIndex(index))
          let bounds = try log.bounds(of: target)
          lines.append("\(target) \(bounds.highWatermark) \(bounds.digest.hex)")
        }
      }
      return lines
    }
    #expect(try lines(bench) == lines(copy))
    #expect(try lines(bench).count == 8)
    let (here, there) = (
      prowzi("diff", "sober@1", "--kafka", broker.address, "--data", bench, "--format", "json"),
      prowzi("diff", "sober@1", "--data", copy, "--format", "json")
    )
    #expect(here.status == 1, "\(here.output.prefix(500))")
    // A slow machine prints progress before it, with rates.
    func answers(_ output: String) -> [Substring] { output.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("{") } }
    #expect(!answers(here.output).isEmpty && answers(here.output) == answers(there.output))
    // Taken up where it ended: there is nothing left.
    #expect(prowzi("backfill", "--scorer", "sober@1", "--kafka", broker.address, "--data", bench).status == 0)
    #expect(try lines(bench) == lines(copy))

    let shadow = prowzi("shadow", "start", "sober@1", "--kafka", broker.address)
    #expect(shadow.status == 2)
    #expect(shadow.output.contains("'prowzi shadow start sober@1' works on an embedded log only"), "\(shadow.output)")
  }
}
