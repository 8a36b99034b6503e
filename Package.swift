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

    // Small protocols between the pure part and the world.
    .target(name: "Ports", dependencies: ["Model", "RecordFormat"], swiftSettings: strict),

    // Synthetic signals from a seed: fixtures, benchmarks, simulation. Pure.
    .target(name: "Generator", dependencies: ["Model", "JSON"], exclude: ["README.md"], swiftSettings: strict),
    .testTarget(name: "GeneratorTests", dependencies: ["Generator", "Model", "JSON"], swiftSettings: strict),
  ]
)
