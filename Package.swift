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
    .target(name: "RecordFormat", dependencies: ["Model", "CInstructions"], exclude: ["README.md"], swiftSettings: strict),

    // Small protocols between the pure part and the world.
    .target(name: "Ports", dependencies: ["Model", "RecordFormat"], swiftSettings: strict),

    // Batch compression: the C fence around zlib, lz4 and zstd.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(
      name: "Compression", dependencies: ["Model", "RecordFormat", "CZlib", "CLZ4", "CZstd"], exclude: ["README.md"],
      swiftSettings: [.swiftLanguageMode(.v6)]),

    .testTarget(name: "ModelTests", dependencies: ["Model", "CInstructions"], swiftSettings: strict),
    .testTarget(
      name: "RecordFormatTests", dependencies: ["Model", "RecordFormat", "Compression"], exclude: ["Golden"], swiftSettings: strict),
    .testTarget(name: "CompressionTests", dependencies: ["Model", "RecordFormat", "Compression"], swiftSettings: strict),

    // The embedded log, the disk below it, and a simulated disk that tears writes.
    .target(
      name: "SegmentLog", dependencies: ["Model", "RecordFormat", "Ports"], exclude: ["README.md"], swiftSettings: strict),
    .target(name: "Disk", dependencies: ["Model", "Ports"], exclude: ["README.md"], swiftSettings: [.swiftLanguageMode(.v6)]),
    .target(name: "Simulation", dependencies: ["Model", "Ports"], exclude: ["README.md"], swiftSettings: strict),
    .testTarget(
      name: "SegmentLogTests", dependencies: ["SegmentLog", "Disk", "Simulation", "Compression"], swiftSettings: [.swiftLanguageMode(.v6)]),
    .testTarget(name: "DiskTests", dependencies: ["Disk"], swiftSettings: [.swiftLanguageMode(.v6)]),
    .testTarget(name: "SimulationTests", dependencies: ["Simulation"], swiftSettings: [.swiftLanguageMode(.v6)]),
  ]
)
