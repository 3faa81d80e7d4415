// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of hanpipe never build it.
let package = Package(
  name: "hanpipe-benchmarks",
  dependencies: [.package(name: "hanpipe", path: "..")],
  targets: [
    .executableTarget(
      name: "hanpipe-bench",
      dependencies: [
        .product(name: "Hanpipe", package: "hanpipe"), .product(name: "HanpipeBenchmarks", package: "hanpipe"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")])
  ]
)
