// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "convolution",
  // Your own package says .package(url: …) here.
  dependencies: [.package(name: "hanpipe", path: "../..")],
  targets: [
    .target(name: "ConvolutionStages", dependencies: [.product(name: "Hanpipe", package: "hanpipe")]),
    .executableTarget(
      name: "my-hanpipe",
      dependencies: ["ConvolutionStages", .product(name: "HanpipeCommands", package: "hanpipe")]),
    .testTarget(
      name: "ConvolutionStagesTests",
      dependencies: [
        "ConvolutionStages", .product(name: "Hanpipe", package: "hanpipe"),
        .product(name: "HanpipeTesting", package: "hanpipe"),
      ]),
  ]
)
