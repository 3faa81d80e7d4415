// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "hanpipe",
  products: [
    .library(name: "Hanpipe", targets: ["Hanpipe"]),
    .library(name: "HanpipeCommands", targets: ["HanpipeCommands"]),
    .library(name: "HanpipeTesting", targets: ["HanpipeTesting"]),
    .library(name: "HanpipeBenchmarks", targets: ["HanpipeBenchmarks"]),
    .executable(name: "hanpipe", targets: ["hanpipe-tool"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    // C: the system's ICU and utf8proc, the vector kernels, and the C library's allocator.
    .target(name: "CICU", linkerSettings: [.linkedLibrary("icuuc")]),
    .target(name: "CTransliteration"),
    .systemLibrary(name: "CUTF8Proc", providers: [.apt(["libutf8proc-dev"])]),
    .target(name: "CKernels"),
    .target(name: "CAllocator"),
    .target(name: "CPlugins"),

    // Swift, from the bottom up: a target imports only targets above it here.
    .target(name: "HanpipeCore", dependencies: ["CKernels"], swiftSettings: settings),
    .target(
      name: "HanpipeText", dependencies: ["HanpipeCore", "CICU", "CTransliteration", "CUTF8Proc", "CKernels"],
      swiftSettings: settings),
    .target(name: "HanpipeNeural", dependencies: ["HanpipeCore", "CKernels"], swiftSettings: settings),
    .target(
      name: "HanpipeIO", dependencies: ["HanpipeCore", "HanpipeText", "HanpipeNeural", "CKernels"], swiftSettings: settings),
    .target(
      name: "HanpipeTraining", dependencies: ["HanpipeCore", "HanpipeText", "HanpipeNeural", "HanpipeIO"],
      swiftSettings: settings),
    .target(
      name: "HanpipePlugins", dependencies: ["HanpipeCore", "HanpipeNeural", "HanpipeIO", "CPlugins"], swiftSettings: settings),
    .target(
      name: "Hanpipe",
      dependencies: ["HanpipeCore", "HanpipeText", "HanpipeNeural", "HanpipeIO", "HanpipeTraining", "HanpipePlugins"],
      swiftSettings: settings),
    .target(name: "HanpipeTesting", dependencies: ["HanpipeCore"], swiftSettings: settings),
    .target(
      name: "HanpipeBenchmarks", dependencies: ["HanpipeCore", "HanpipeNeural", "HanpipeTraining"], swiftSettings: settings),
    .target(
      name: "HanpipeCommands",
      dependencies: [
        "Hanpipe", "HanpipeCore", "HanpipeText", "HanpipeNeural", "HanpipeIO", "HanpipeTraining", "HanpipePlugins",
        "HanpipeBenchmarks", "CAllocator",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .executableTarget(name: "hanpipe-tool", dependencies: ["HanpipeCommands"], swiftSettings: settings),

    .testTarget(name: "CAllocatorTests", dependencies: ["CAllocator"], swiftSettings: settings),
    .testTarget(name: "CICUTests", dependencies: ["CICU"], swiftSettings: settings),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels"], swiftSettings: settings),
    .testTarget(
      name: "HanpipeCoreTests", dependencies: ["HanpipeCore", "HanpipeTesting"], swiftSettings: settings),
    .testTarget(
      name: "HanpipeTextTests", dependencies: ["HanpipeText", "HanpipeCore", "HanpipeTesting", "CUTF8Proc"],
      swiftSettings: settings),
    .testTarget(
      name: "HanpipeNeuralTests", dependencies: ["HanpipeNeural", "HanpipeCore", "HanpipeTesting"],
      swiftSettings: settings),
    .testTarget(name: "HanpipeIOTests", dependencies: ["HanpipeIO", "HanpipeCore"], swiftSettings: settings),
    .testTarget(
      name: "HanpipePluginsTests",
      dependencies: ["HanpipePlugins", "Hanpipe", "HanpipeCore", "HanpipeIO", "HanpipeTesting"], swiftSettings: settings),
    .testTarget(
      name: "HanpipeTrainingTests",
      dependencies: ["Hanpipe", "HanpipeTraining", "HanpipeNeural", "HanpipeText", "HanpipeIO", "HanpipeCore", "HanpipeTesting"],
      swiftSettings: settings),
    .testTarget(
      name: "HanpipeBenchmarksTests",
      dependencies: ["HanpipeBenchmarks", "Hanpipe", "HanpipeCore", "HanpipeNeural"], swiftSettings: settings),
    .testTarget(
      name: "EndToEndTests", dependencies: ["HanpipeCore", "hanpipe-tool"], exclude: ["Help"], swiftSettings: settings),
  ]
)
