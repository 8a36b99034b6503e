// swift-tools-version: 6.2
import PackageDescription

// The table of contents. Arrows point one way, towards purity: a target may import only what stands above it.
// The reasons are in Sources/README.md.

/// Swift 6 language mode and strict memory safety: every target above the C fence.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .strictMemorySafety()]

let package = Package(
  name: "prowzi",
  targets: [
    // Instructions Swift cannot name (CRC-32C, SHA-256 rounds, byte dot product): pure functions of bytes.
    .target(name: "CInstructions", cSettings: [.unsafeFlags(["-O3"])]),

    // Pure: no clock, no file, no Foundation.
    .target(name: "Model", dependencies: ["CInstructions"], swiftSettings: strict),
    .target(name: "JSON", dependencies: ["Model"], swiftSettings: strict),
    .target(name: "State", dependencies: ["Model"], swiftSettings: strict),
    .target(name: "Events", dependencies: ["Model", "JSON"], swiftSettings: strict),
    .target(name: "RecordFormat", dependencies: ["Model", "CInstructions"], swiftSettings: strict),

    .target(
      name: "Configuration", dependencies: ["Model", "JSON", "Events"], resources: [.embedInCode("Data")], swiftSettings: strict),
    .target(
      name: "Stages", dependencies: ["Model", "JSON", "State", "RecordFormat", "Events", "Configuration"], swiftSettings: strict),

    // The five stages, each a fold of its own.
    .target(
      name: "Enrich",
      dependencies: ["Model", "JSON", "State", "RecordFormat", "Events", "Configuration", "Stages", "TextFeatures", "CInstructions"],
      swiftSettings: strict),
    .target(
      name: "Score", dependencies: ["Model", "JSON", "State", "RecordFormat", "Events", "Configuration", "Stages"],
      swiftSettings: strict),
    .target(
      name: "Band", dependencies: ["Model", "State", "RecordFormat", "Events", "Configuration", "Stages"],
      swiftSettings: strict),

    // Small protocols between the pure part and the world.
    .target(name: "Ports", dependencies: ["Model", "RecordFormat"], swiftSettings: strict),

    // What can be read out of a text by itself.
    .target(name: "TextFeatures", dependencies: ["Model"], exclude: ["README.md"], swiftSettings: strict),
    .testTarget(name: "TextFeaturesTests", dependencies: ["TextFeatures"], swiftSettings: strict),

    // The last stage: briefs whose every claim is bound to bytes.
    .target(
      name: "Curate", dependencies: ["Model", "JSON", "State", "RecordFormat", "Events", "Configuration", "Stages"],
      exclude: ["README.md"], swiftSettings: strict),
    .testTarget(
      name: "CurateTests",
      dependencies: ["Curate", "TestSupport", "Model", "JSON", "State", "RecordFormat", "Events", "Configuration", "Stages"],
      swiftSettings: strict),

    // Builders that several test targets share.
    .target(name: "TestSupport", dependencies: ["Model", "Events"], exclude: ["README.md"], swiftSettings: strict),
  ]
)
