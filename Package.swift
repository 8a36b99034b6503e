// swift-tools-version: 6.2
import PackageDescription

// The table of contents. Arrows point one way, towards purity: a target may import only what stands above it.
// The reasons are in Sources/README.md.

/// Generic code is specialised across targets in release builds: a stage's state table or a fused pipeline must not go through witness
/// tables for each event.
let cold: [SwiftSetting] =
  [.swiftLanguageMode(.v6), .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))]

/// What handles every record. With PROWZI_OPTIMISED_TESTS=1 its debug builds are optimised too, their checks kept: the tests fold whole weeks,
/// and take far longer without. The rest stays as it is, since optimising it takes longer than it saves.
/// `ops/determinism` holds unoptimised builds against release ones.
let fast: [SwiftSetting] =
  cold
  + (Context.environment["PROWZI_OPTIMISED_TESTS"] == "1"
    ? [
      .unsafeFlags(
        ["-O", "-whole-module-optimization", "-cross-module-optimization", "-num-threads", "2"], .when(configuration: .debug))
    ] : [])

/// And strict memory safety: every target above the C fence.
let strict: [SwiftSetting] = fast + [.strictMemorySafety()]
let strictCold: [SwiftSetting] = cold + [.strictMemorySafety()]

/// libFuzzer's program, which `ops/fuzz` builds in a folder of its own: it brings its own `main`, so that no other build may link it.
let fuzzing: [Target] =
  Context.environment["PROWZI_FUZZ"] == "1"
  ? [
    .executableTarget(name: "prowzi-fuzz", dependencies: ["FuzzTargets"], swiftSettings: fast + [.unsafeFlags(["-parse-as-library"])])
  ] : []

let package = Package(
  name: "prowzi",
  targets: fuzzing + [
    // Instructions Swift cannot name (CRC-32C, SHA-256 rounds, byte dot product): pure functions of bytes.
    .target(name: "CInstructions", exclude: ["README.md"], cSettings: [.unsafeFlags(["-O3"])]),

    // Pure: no clock, no file, no Foundation.
    .target(name: "Model", dependencies: ["CInstructions"], exclude: ["README.md"], swiftSettings: strict),
    .target(name: "Merkle", dependencies: ["Model"], exclude: ["README.md"], swiftSettings: strict),
    .target(name: "JSON", dependencies: ["Model"], exclude: ["README.md"], swiftSettings: strict),
    .target(name: "Schemas", dependencies: ["Model", "JSON"], exclude: ["README.md"], swiftSettings: strict),
    .target(name: "State", dependencies: ["Model"], exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "RecordFormat", dependencies: ["Model", "Merkle", "CInstructions"], exclude: ["README.md"], swiftSettings: strict),
    .target(name: "Events", dependencies: ["Model", "JSON"], exclude: ["README.md"], swiftSettings: strict),
    .target(name: "Adapters", dependencies: ["Model", "JSON", "Events"], exclude: ["README.md"], swiftSettings: strict),
    .target(name: "TextFeatures", dependencies: ["Model"], exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Scorers", dependencies: ["Model", "JSON", "Events"], exclude: ["README.md", "REFERENCE.md", "scorer.schema.json", "Examples"],
      swiftSettings: strict),
    .target(
      name: "Configuration", dependencies: ["Model", "JSON", "Events", "Adapters", "TextFeatures", "Scorers"], exclude: ["README.md"],
      resources: [.embedInCode("Data")], swiftSettings: strict),

    // The stages, each a fold of its own, and what folds them.
    .target(
      name: "Stages", dependencies: ["Model", "JSON", "State", "RecordFormat", "Events", "Configuration"],
      exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Normalize",
      dependencies: ["Model", "JSON", "State", "RecordFormat", "Events", "Adapters", "Configuration", "Stages"],
      exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Enrich",
      dependencies: ["Model", "JSON", "State", "RecordFormat", "Events", "Configuration", "Stages", "TextFeatures", "CInstructions"],
      exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Score", dependencies: ["Model", "State", "RecordFormat", "Events", "Scorers", "Configuration", "Stages"],
      exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Band", dependencies: ["Model", "State", "RecordFormat", "Events", "Configuration", "Stages"],
      exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Curate", dependencies: ["Model", "JSON", "State", "RecordFormat", "Events", "Configuration", "Stages"],
      exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Fold", dependencies: ["Model", "Merkle", "JSON", "State", "RecordFormat", "Events", "Configuration", "Stages"],
      exclude: ["README.md"], swiftSettings: strict),

    // Small protocols between the pure part and the world.
    .target(name: "Ports", dependencies: ["Model", "Merkle", "RecordFormat"], exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Topics", dependencies: ["Model", "JSON", "RecordFormat", "Ports"],
      exclude: ["README.md", "Data/clients"], resources: [.embedInCode("Data")], swiftSettings: strictCold),

    // The embedded log, over the file system port.
    .target(
      name: "SegmentLog", dependencies: ["Model", "Merkle", "RecordFormat", "Ports"], exclude: ["README.md"], swiftSettings: strict),

    // Derived records into rows of tables. Pure.
    .target(name: "Projection", dependencies: ["Model", "JSON", "RecordFormat"], exclude: ["README.md"], swiftSettings: strict),
    // The tables that they make, in memory, with faults on demand.
    .target(
      name: "MemoryProjection", dependencies: ["Model", "Ports", "Projection"], exclude: ["README.md"], swiftSettings: strict),
    .target(name: "Simulation", dependencies: ["Model", "Ports"], exclude: ["README.md"], swiftSettings: strict),

    // Adapters: the operating system, and one C library each.
    .target(name: "Disk", dependencies: ["Model", "Ports"], exclude: ["README.md"], swiftSettings: fast),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(
      name: "Compression", dependencies: ["Model", "RecordFormat", "CZlib", "CLZ4", "CZstd"], exclude: ["README.md"],
      swiftSettings: fast),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "Signatures", dependencies: ["Model", "CCrypto"], exclude: ["README.md"], swiftSettings: fast),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(
      name: "Postgres", dependencies: ["Model", "Ports", "Projection", "CPostgres"], exclude: ["README.md"],
      resources: [.embedInCode("Migrations")], swiftSettings: cold),
    .systemLibrary(name: "CKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
    .target(
      name: "Kafka", dependencies: ["Model", "Merkle", "JSON", "RecordFormat", "Ports", "Topics", "CKafka"], exclude: ["README.md"],
      swiftSettings: cold),
    .target(name: "Sensors", dependencies: ["Model", "Ports", "Compression"], exclude: ["README.md"], swiftSettings: strict),

    // Synthetic signals from a seed: fixtures, benchmarks, simulation. Pure.
    .target(name: "Generator", dependencies: ["Model", "JSON"], exclude: ["README.md"], swiftSettings: strict),

    // The words and the shape of the command line.
    .target(name: "CommandLine", dependencies: ["Model"], exclude: ["README.md"], swiftSettings: strictCold),

    // HTML pages that need nothing else. Pure.
    .target(name: "Pages", dependencies: ["Model"], exclude: ["README.md"], swiftSettings: strictCold),

    // Two scorers over the same events. Pure.
    .target(
      name: "Comparison", dependencies: ["Model", "JSON", "Events", "CommandLine", "Pages"], exclude: ["README.md"],
      swiftSettings: strictCold),

    // Questions about a log.
    .target(
      name: "Inspect",
      dependencies: ["Model", "Merkle", "JSON", "Events", "Stages", "Fold", "Ports", "RecordFormat", "SegmentLog", "Signatures"],
      exclude: ["README.md"], swiftSettings: strict),

    // What an audit finds, and how it reads. Pure but for the log port.
    .target(
      name: "Audit",
      dependencies: [
        "Model", "JSON", "RecordFormat", "Events", "Adapters", "Configuration", "Stages", "Fold", "Ports", "CommandLine", "Inspect",
        "Pages",
      ],
      exclude: ["README.md"], swiftSettings: strictCold),

    // A record's chain as a file that proves itself.
    .target(
      name: "Proofs",
      dependencies: [
        "Model", "Merkle", "JSON", "Events", "Stages", "Fold", "Ports", "RecordFormat", "SegmentLog", "Signatures", "Inspect",
      ],
      exclude: ["README.md"], swiftSettings: strictCold),

    // Use cases over ports.
    .target(
      name: "Runtime",
      dependencies: [
        "Model", "Merkle", "JSON", "State", "RecordFormat", "Events", "Scorers", "Configuration", "Stages", "Normalize", "Enrich", "Score",
        "Band",
        "Curate",
        "Fold", "Ports", "Topics", "SegmentLog", "Disk", "Compression", "Sensors", "Signatures", "Inspect", "Audit", "Comparison",
        "Projection",
      ],
      exclude: ["README.md"], swiftSettings: fast),

    // Figures from labels: how well the pipeline judges. Pure.
    .target(name: "Judgement", dependencies: ["Model"], exclude: ["README.md"], swiftSettings: strictCold),

    // The whole over a machine that fails, from a seed, and what must hold all the while.
    .target(
      name: "Simulator",
      dependencies: [
        "Model", "Merkle", "JSON", "RecordFormat", "Events", "Configuration", "Scorers", "Stages", "Fold", "Ports", "Topics", "SegmentLog",
        "Compression", "Simulation", "Generator", "Sensors", "Signatures", "Projection", "MemoryProjection", "Runtime",
      ], exclude: ["README.md"], swiftSettings: strict),
    .executableTarget(
      name: "prowzi-sim", dependencies: ["Model", "CommandLine", "Simulation", "Simulator"], exclude: ["README.md"],
      swiftSettings: strictCold),

    // The program.
    .executableTarget(
      name: "prowzi",
      dependencies: [
        "Model", "JSON", "Events", "Scorers", "Stages", "Fold", "Ports", "RecordFormat", "Topics", "SegmentLog", "Configuration", "Disk",
        "Sensors", "State", "Runtime", "Inspect", "Audit", "Comparison", "CommandLine", "Merkle", "Signatures", "Proofs",
        "Projection", "Postgres", "Schemas", "Kafka", "Compression",
      ],
      exclude: ["README.md"], swiftSettings: strictCold),

    // What replay-fixtures/ must give.
    .target(
      name: "Fixtures",
      dependencies: ["Model", "JSON", "Stages", "Ports", "Configuration", "Disk", "Sensors", "Generator", "Inspect", "Runtime"],
      exclude: ["README.md"], swiftSettings: strictCold),

    // Measurements.
    .executableTarget(
      name: "prowzi-bench",
      dependencies: [
        "Model", "JSON", "State", "RecordFormat", "Events", "Stages", "Fold", "Ports", "Configuration", "Disk", "Compression", "Runtime",
        "Sensors", "Generator",
        "Fixtures",
        "CommandLine", "Scorers", "Normalize", "Enrich", "Score", "Band", "Curate", "Judgement", "CInstructions", "Merkle",
        "SegmentLog", "Signatures", "Proofs", "Projection", "Postgres", "Kafka", "Topics",
      ],
      exclude: ["README.md"], swiftSettings: cold),

    // What several test targets share: builders, and how many of their cases run.
    .target(name: "TestSupport", dependencies: ["Model", "Events", "Adapters"], exclude: ["README.md"], swiftSettings: strictCold),

    // What must hold of everything that reads foreign bytes: ordinary functions, for the tests and for libFuzzer.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "Model", "Merkle", "JSON", "State", "RecordFormat", "Events", "Adapters", "Scorers", "Configuration", "Stages", "Fold", "Ports",
        "Topics", "SegmentLog", "Simulation", "Compression", "Signatures", "Sensors", "Generator", "CommandLine", "Proofs", "Runtime",
        "TestSupport",
      ],
      exclude: ["README.md"], swiftSettings: fast),
    .testTarget(
      name: "FuzzTests",
      dependencies: [
        "FuzzTargets", "Model", "JSON", "RecordFormat", "Events", "Adapters", "Scorers", "Ports", "Topics", "Simulation", "Compression",
        "Signatures", "Sensors", "Runtime", "SegmentLog", "Proofs", "Disk",
      ], exclude: ["Corpus", "README.md"], swiftSettings: fast),

    .testTarget(
      name: "SegmentLogTests", dependencies: ["SegmentLog", "Merkle", "Disk", "Simulation", "Compression", "TestSupport"],
      swiftSettings: fast),
    .testTarget(name: "DiskTests", dependencies: ["Disk"], swiftSettings: cold),
    .testTarget(name: "SimulationTests", dependencies: ["Simulation"], swiftSettings: cold),
    .testTarget(
      name: "SimulatorTests",
      dependencies: [
        "Simulator", "Simulation", "Model", "Ports", "RecordFormat", "Configuration", "Generator", "SegmentLog", "Stages", "Runtime",
        "TestSupport",
      ],
      swiftSettings: fast),
    .testTarget(name: "SignaturesTests", dependencies: ["Signatures", "Model"], swiftSettings: strictCold),
    .testTarget(
      name: "MerkleTests", dependencies: ["Merkle", "Model", "RecordFormat"], exclude: ["tree.py"], swiftSettings: strict),
    .testTarget(name: "SchemasTests", dependencies: ["Schemas", "JSON", "Model"], swiftSettings: strictCold),
    .testTarget(name: "JSONTests", dependencies: ["JSON", "Model"], swiftSettings: strictCold),
    .testTarget(name: "StateTests", dependencies: ["State", "Model"], swiftSettings: strict),
    .testTarget(name: "ModelTests", dependencies: ["Model", "CInstructions"], swiftSettings: strictCold),
    .testTarget(
      name: "RecordFormatTests", dependencies: ["Model", "RecordFormat", "Compression"], exclude: ["Golden"], swiftSettings: strict),
    .testTarget(name: "CompressionTests", dependencies: ["Model", "RecordFormat", "Compression"], swiftSettings: strictCold),
    .testTarget(name: "SensorsTests", dependencies: ["Sensors", "Model", "Ports"], swiftSettings: strict),
    .testTarget(name: "CommandLineTests", dependencies: ["CommandLine", "Model"], swiftSettings: strictCold),
    .testTarget(name: "TextFeaturesTests", dependencies: ["TextFeatures", "Configuration", "JSON", "Model"], swiftSettings: strictCold),
    .testTarget(
      name: "CurateTests",
      dependencies: ["Curate", "TestSupport", "Model", "JSON", "State", "RecordFormat", "Events", "Configuration", "Stages"],
      swiftSettings: strictCold),
    .testTarget(
      name: "ScorersTests", dependencies: ["Scorers", "TestSupport", "Model", "JSON", "Events", "Configuration"], swiftSettings: strictCold),
    .testTarget(
      name: "ScoreTests", dependencies: ["Score", "Scorers", "TestSupport", "Model", "State", "Events", "Configuration", "Stages"],
      swiftSettings: strictCold),
    .testTarget(
      name: "BandTests", dependencies: ["Band", "TestSupport", "Model", "JSON", "State", "Events", "Configuration", "Stages"],
      swiftSettings: strictCold),
    .testTarget(name: "GeneratorTests", dependencies: ["Generator", "Model", "JSON"], swiftSettings: strictCold),
    .testTarget(
      name: "ComparisonTests", dependencies: ["Comparison", "Pages", "Model", "JSON", "Events"], exclude: ["Golden"],
      swiftSettings: strictCold),
    .testTarget(name: "JudgementTests", dependencies: ["Judgement"], swiftSettings: strictCold),
    .testTarget(
      name: "EnrichTests",
      dependencies: ["Enrich", "TestSupport", "Model", "State", "Events", "Configuration", "Stages", "TextFeatures"],
      swiftSettings: strictCold),
    .testTarget(name: "AdaptersTests", dependencies: ["Adapters", "TestSupport", "Model", "JSON", "Events"], swiftSettings: strictCold),
    .testTarget(
      name: "ProjectionTests", dependencies: ["Projection", "Model", "JSON", "RecordFormat"], swiftSettings: strictCold),
    .testTarget(
      name: "PostgresTests",
      dependencies: [
        "Postgres", "Projection", "MemoryProjection", "Runtime", "Ports", "Model", "Merkle", "JSON", "RecordFormat",
      ],
      swiftSettings: cold),
    .testTarget(
      name: "InspectTests",
      dependencies: [
        "Inspect", "Model", "Merkle", "Signatures", "JSON", "Events", "Ports", "RecordFormat", "Stages", "SegmentLog", "Simulation",
      ],
      swiftSettings: strictCold),
    .testTarget(
      name: "AuditTests", dependencies: ["Audit", "Inspect", "Model", "JSON", "RecordFormat", "Configuration"], swiftSettings: strictCold),
    .testTarget(name: "ProwziBenchTests", dependencies: ["prowzi-bench"], swiftSettings: cold),
    .testTarget(
      name: "ProwziCommandTests", dependencies: ["prowzi", "Model", "JSON"], exclude: ["Golden", "README.md"],
      swiftSettings: [.swiftLanguageMode(.v6)]),

    .testTarget(
      name: "KafkaTests",
      dependencies: [
        "Kafka", "Model", "Merkle", "JSON", "RecordFormat", "Ports", "Topics", "Stages", "Fold", "Configuration", "Disk", "Compression",
        "Fixtures", "Runtime", "prowzi",
      ], exclude: ["broker.py"], swiftSettings: cold),

    // The laws of the whole.
    .testTarget(
      name: "PipelineTests",
      dependencies: [
        "Fixtures", "Model", "JSON", "RecordFormat", "Events", "Scorers", "Stages", "Fold", "Ports", "Configuration", "Disk", "Compression",
        "SegmentLog",
        "Topics", "Sensors", "Inspect", "Audit", "Comparison", "Runtime", "Merkle", "Signatures", "Proofs", "Simulation", "TestSupport",
        "prowzi",
      ], exclude: ["Golden", "provenance.py", "verify_proof.py"], swiftSettings: fast),
  ]
)
