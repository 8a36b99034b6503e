import Glibc
import Kafka
import Model
import Ports
import RecordFormat
import Runtime
import Testing
import Topics

/// What goes wrong is told by a code and a sentence, and never shows a secret.
@Suite(.serialized) struct BadInputTests {
  private func refusal(_ body: () throws(ProwziError) -> Void) -> ProwziError? {
    do throws(ProwziError) {
      try body()
      return nil
    } catch { return error }
  }

  private func connect(_ address: String, _ extra: [(String, String)] = [], patience: Duration = .seconds(1)) -> ProwziError? {
    refusal { () throws(ProwziError) in
      var settings = try KafkaSettings(bootstrap: address)
      settings.connectPatience = patience
      for (name, value) in extra { try settings.set(name, value, place: "test") }
      _ = try Cluster.make(settings, partitions: 1, events: KafkaEvents())
    }
  }

  @Test func nobodyListens() {
    let error = connect("127.0.0.1:1")
    #expect(error?.code == "kafka.unreachable")
    #expect(error?.cause?.contains("refused") == true)
  }

  @Test func addressesAreChecked() {
    for address in ["", "host:0", "host:99999", "host:port", "a:1,,b:2"] {
      #expect(refusal { () throws(ProwziError) in _ = try KafkaSettings(bootstrap: address) }?.code == "kafka.bad_address", "\(address)")
    }
  }

  @Test func theTwoSidesDoNotAgreeOnTLS() {
    let broker = TestBroker()
    #expect(connect(broker.address, [("security.protocol", "ssl")], patience: .seconds(20))?.code == "kafka.tls")
  }

  @Test func aBrokerThatWantsTLSIsTalkedToWithIt() throws {
    let folder = TemporaryFolder()
    let made = Process.shell(
      "openssl req -x509 -newkey rsa:2048 -nodes -keyout \"$1/key\" -out \"$1/certificate\" -days 2 -subj /CN=127.0.0.1 "
        + "-addext subjectAltName=IP:127.0.0.1 2>&1", folder.path)
    #expect(made.status == 0, "\(made.output)")
    let broker = TestBroker(["--tls", "\(folder.path)/certificate:\(folder.path)/key"])
    let plain = connect(broker.address)
    #expect(plain?.code == "kafka.unreachable")
    #expect(plain?.advice?.contains("security.protocol") == true, "\(plain.map { "\($0)" } ?? "no error")")
    let untrusted = connect(broker.address, [("security.protocol", "ssl")], patience: .seconds(20))
    #expect(untrusted?.code == "kafka.tls")
    #expect(untrusted?.cause?.contains("certificate") == true, "\(untrusted.map { "\($0)" } ?? "no error")")
    #expect(connect(broker.address, [("security.protocol", "ssl"), ("ssl.ca.location", folder.path + "/certificate")]) == nil)
  }

  /// Something listens, and it is no broker.
  @Test func theWrongPortIsTold() {
    let folder = TemporaryFolder()
    let script = """
      import os, socket
      parent, listener = os.getppid(), socket.socket()
      listener.bind(("127.0.0.1", 0)); listener.listen(); listener.settimeout(1)
      print("127.0.0.1:%d" % listener.getsockname()[1], flush=True)
      while os.getppid() == parent:
          try: connection, _ = listener.accept()
          except TimeoutError: continue
          connection.recv(100); connection.sendall(b"HTTP/1.0 400 Bad Request\\r\\n\\r\\n"); connection.close()
      """
    let output = folder.path + "/address"
    let child = Process.start(["/usr/bin/env", "python3", "-c", script], output: output)
    defer {
      kill(child, SIGKILL)
      _ = Process.wait(child)
    }
    for _ in 0..<1000 where !Process.text(of: output).hasSuffix("\n") { usleep(10_000) }
    let error = connect(String(Process.text(of: output).dropLast()))
    #expect(error?.code == "kafka.unreachable")
    #expect(error?.advice == "Something answers there that does not speak Kafka: check the port.", "\(error.map { "\($0)" } ?? "none")")
  }

  @Test func passwordsAreCheckedByTheBroker() {
    let broker = TestBroker(["--user", "prowzi:right"])
    let sasl = [("security.protocol", "sasl_plaintext"), ("sasl.mechanism", "PLAIN"), ("sasl.username", "prowzi")]
    let error = connect(broker.address, sasl + [("sasl.password", "hunter2")])
    #expect(error?.code == "kafka.authentication")
    #expect(error.map { "\($0)".contains("hunter2") } == false)
    #expect(connect(broker.address, sasl + [("sasl.password", "right")]) == nil)
    // No credentials at all: the broker hangs up.
    #expect(connect(broker.address)?.code == "kafka.unreachable")
  }

  @Test func aTopicWithAnotherNumberOfPartitionsIsRefused() throws {
    let broker = TestBroker(["--topics", "prowzi.raw:2,prowzi.banded:3"])
    _ = try Cluster.make(try KafkaSettings(bootstrap: broker.address), partitions: nil, events: KafkaEvents())
    let error = refusal { () throws(ProwziError) in _ = try open(broker.address) }
    #expect(error?.code == "kafka.partitions")
    #expect(error?.message == "prowzi.banded has 3 partitions and must have 2")
  }

  @Test func aTopicThatMayNotBeUsedIsNamed() throws {
    let broker = TestBroker(["--deny", "prowzi.banded", "--topics", "prowzi.raw:1,prowzi.banded:1"])
    let error = refusal { () throws(ProwziError) in
      _ = try Cluster.make(try KafkaSettings(bootstrap: broker.address), partitions: nil, events: KafkaEvents())
      _ = try open(broker.address)
    }
    #expect(error?.code == "kafka.authorization")
    #expect(error?.place == "prowzi.banded")
  }

  @Test func aClusterWithoutThePipelineSaysHowToMakeOne() {
    let broker = TestBroker()
    let error = refusal { () throws(ProwziError) in _ = try open(broker.address) }
    #expect(error?.code == "data.not_found")
    #expect(error?.advice?.contains("prowzi init --kafka") == true)
  }

  @Test func aRecordAboveTheLimitIsRefusedAndTheRestGoesOn() throws {
    let broker = TestBroker(["--max-message", "20000"])
    _ = try Cluster.make(try KafkaSettings(bootstrap: broker.address), partitions: 1, events: KafkaEvents())
    let log = try open(broker.address, [("compression.type", "none")]).writer("sensors")
    let raw = TopicPartition(topic: TopicName(known: "prowzi.raw"), partition: PartitionIndex(0))
    func append(_ size: Int) throws(ProwziError) {
      var records = RecordBuffer()
      records.append(timestamp: Timestamp(milliseconds: 5), key: nil, value: [UInt8](repeating: 65, count: size))
      _ = try log.commit(Commit(appends: [.init(target: raw, records: records)]))
    }
    #expect(refusal { () throws(ProwziError) in try append(50_000) }?.code == "kafka.too_large")
    // Above the library's own limit, too.
    #expect(refusal { () throws(ProwziError) in try append(3_000_000) }?.code == "kafka.too_large")
    try append(100)
    #expect(try log.bounds(of: raw).highWatermark == Offset(1))
  }

  @Test func settingsAreCheckedByName() throws {
    var settings = try KafkaSettings(bootstrap: "host:9092")
    func set(_ pair: String) -> ProwziError? { refusal { () throws(ProwziError) in try settings.setPair(pair, place: "test") } }
    #expect(set("kafka.security.protocl=ssl")?.advice == "Did you mean 'security.protocol'?")
    #expect(set("lingerms=5")?.code == "kafka.unknown_setting")
    #expect(set("linger.ms=soon")?.code == "kafka.bad_setting")
    #expect(set("enable.idempotence=false")?.code == "kafka.reserved_setting")
    #expect(set("linger.ms")?.code == "kafka.bad_setting")
    #expect(set("linger.ms=5") == nil)
    #expect(set("sasl.password=env:PROWZI_NO_SUCH_VARIABLE")?.code == "kafka.no_secret")
    #expect(set("sasl.password=file:/nowhere/at/all")?.code == "kafka.no_secret")
  }

  @Test func secretsComeFromFilesAndSettingsFromAFile() throws {
    let folder = TemporaryFolder()
    let broker = TestBroker(["--user", "prowzi:se=cret"])
    let secret = folder.write("se=cret\n", to: "secret")
    let file = folder.write(
      """
      # How to get in
      kafka.security.protocol = sasl_plaintext
      sasl.mechanism=PLAIN

      sasl.username=prowzi
      sasl.password=file:\(secret)

      """, to: "kafka.properties")
    var settings = try KafkaSettings(bootstrap: broker.address)
    try settings.read(file: file)
    #expect(try Cluster.make(settings, partitions: 1, events: KafkaEvents()).count == 11)
    let wrong = folder.write("sasl.mechanism=PLAIN\nsasl.pasword=x\n", to: "wrong.properties")
    #expect(refusal { () throws(ProwziError) in try settings.read(file: wrong) }?.place == "\(wrong), line 2")
  }

  @Test func theProgramEndsWithCodesThatScriptsCanTellApart() {
    func run(_ words: String...) -> Process.Result { Process.run([Process.prowzi] + words) }
    #expect(run("status", "--kafka", "127.0.0.1:1").status == 8)
    #expect(run("status", "--kafka", "nonsense:x").status == 2)
    #expect(run("status", "--kafka", "127.0.0.1:1", "--kafka-set", "linger.m=1").status == 2)
    let embedded = run("log", "verify", "--kafka", "127.0.0.1:1")
    #expect(embedded.status == 2)
    #expect(embedded.output.contains("'prowzi log verify' works on an embedded log only"))
  }
}
