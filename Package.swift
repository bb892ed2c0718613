// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is compiled with.
let house: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

extension Target {
    /// A module of the product, in `Sources/NAME`.
    static func module(_ name: String, _ dependencies: [Dependency] = []) -> Target {
        .target(name: name, dependencies: dependencies, swiftSettings: house)
    }

    /// A program of the product, in `Sources/NAME`.
    static func program(_ name: String, _ dependencies: [Dependency], resources: [Resource] = []) -> Target {
        .executableTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: house)
    }

    /// What tests share, in `Tests/Support/NAME`.
    static func support(_ name: String, _ dependencies: [Dependency]) -> Target {
        .target(name: name, dependencies: dependencies, path: "Tests/Support/\(name)", swiftSettings: house)
    }

    /// A test target, in `Tests/NAME`.
    static func tests(_ name: String, _ dependencies: [Dependency], exclude: [String] = []) -> Target {
        .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: house)
    }
}

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let deque = product(name: "DequeModule", package: "swift-collections")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let logging = product(name: "Logging", package: "swift-log")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioExtras = product(name: "NIOExtras", package: "swift-nio-extras")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioSOCKS = product(name: "NIOSOCKS", package: "swift-nio-extras")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioTLS = product(name: "NIOTLS", package: "swift-nio")
    static let nioWebSocket = product(name: "NIOWebSocket", package: "swift-nio")
    static let subprocess = product(name: "Subprocess", package: "swift-subprocess")
    static let systemPackage = product(name: "SystemPackage", package: "swift-system")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let toml = product(name: "TOMLKit", package: "TOMLKit")
}

/// The themes that are compiled into the program.
let themes = ["terminal", "tide", "paper", "ember", "fjord", "contrast", "mono"]

let package = Package(
    name: "belay",
    products: [
        .executable(name: "belay", targets: ["belay"]),
        .executable(name: "belayd", targets: ["belayd"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // 0: the language
        .module("Wire", [.nioCore]),
        .module("Platform", ["CProcess", .systemPackage, .subprocess]),
        .module("FailPoints"),

        // 1: the pure cores
        .module("Sync", ["Wire"]),
        .module("Ledger", ["Wire", .deque, .nioCore]),
        .target(
            name: "CMarkdown",
            linkerSettings: [.linkedLibrary("cmark-gfm-extensions"), .linkedLibrary("cmark-gfm")]),
        .module("Screen", ["CMarkdown", "Wire", "Sync"]),

        // Between 1 and 2: what both adapters with a database are built on
        .module("SQLiteFiles", ["Wire", "Platform", .grdb, .nioCore]),

        // 2: the adapters
        .target(name: "CProcess"),
        .target(
            name: "CTerminal",
            linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
        .module("Terminal", ["CTerminal", "Screen"]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .module(
            "Transport",
            [
                "CZlib", "Wire", "Platform", .nioCore, .nioPosix, .nioHTTP1, .nioWebSocket, .nioExtras, .nioSOCKS,
                .nioSSL, .nioTLS, .logging,
            ]),
        .module("FaultProxy", ["Platform", .nioCore, .nioPosix]),
        .module("Mirror", ["Wire", "Platform", "SQLiteFiles", "Sync", .grdb, .nioCore]),
        .module("Journal", ["Wire", "Platform", "SQLiteFiles", "Ledger", .grdb, .nioCore]),
        .module(
            "Agents",
            [
                "Wire", "Platform", "FailPoints", "Ledger", .asyncHTTPClient, .grdb, .logging, .nioCore, .nioHTTP1,
                .nioPosix,
            ]),

        // 3: the shells
        .module(
            "Client",
            [
                "Wire", "Platform", "FailPoints", "Sync", "Transport", "Mirror", .nioCore, .nioPosix, .systemPackage,
                .toml, .logging,
            ]),
        .module(
            "Server",
            [
                "CProcess", "Wire", "Platform", "FailPoints", "Ledger", "Transport", "Journal", "Agents", .nioCore,
                .nioPosix, .crypto, .deque, .toml, .lifecycle, .logging,
            ]),

        .module("Verify", ["Wire", "Platform", "Transport", .nioCore, .nioPosix]),

        // 4: the programs
        .program(
            "belay",
            [
                "Client", "FaultProxy", "Platform", "Screen", "Sync", "Terminal", "Transport", "Verify", "Wire",
                .argumentParser, .toml, .nioCore, .nioPosix, .systemPackage,
            ],
            resources: themes.map { .embedInCode("Theme/\($0).toml") }),
        .program(
            "belayd",
            [
                "Server", "Agents", "Journal", "Ledger", "Platform", "Transport", "Wire", .argumentParser, .lifecycle,
                .logging, .systemPackage, .unixSignals,
            ]),

        // Tests, level by level
        .support("TestKit", ["Wire", .nioCore, .nioPosix]),
        .support("Simulation", ["Ledger", "Sync", "Transport", "Wire", .nioCore]),
        .executableTarget(
            name: "simulate", dependencies: ["Simulation"], path: "Tests/Simulate", swiftSettings: house),
        .support("Fuzzing", ["Ledger", "Sync", "Wire", .nioCore]),
        .executableTarget(
            name: "fuzz", dependencies: ["Fuzzing", "TestKit"], path: "Tests/Fuzz",
            exclude: ["Corpus", "LibFuzzer", "libfuzzer.sh"], swiftSettings: house),
        .support("ProgramKit", ["TestKit"]),
        .support("ScreenKit", ["Screen", "Sync", "TestKit", "Wire"]),
        .support("StorageKit", ["Wire"]),
        .support("JournalKit", ["Ledger", "Wire", .nioCore]),
        .support("AgentKit", ["Agents", "TestKit", "Wire"]),
        .support(
            "ServerKit",
            [
                "Agents", "Client", "Journal", "JournalKit", "Ledger", "Server", "TestKit", "Transport", "Wire",
                .nioCore,
                .nioHTTP1, .nioPosix, .nioWebSocket, .logging,
            ]),
        .tests("WireTests", ["Wire", "TestKit", .nioCore]),
        .tests("PlatformTests", ["Platform", "ProgramKit", "TestKit", "belayd", .systemPackage]),
        .tests("SyncTests", ["Sync", "Wire", "TestKit", .nioCore]),
        .tests("LedgerTests", ["Ledger", "Wire", "TestKit", .nioCore]),
        .tests("ScreenTests", ["Screen", "ScreenKit", "TestKit", .toml], exclude: ["Goldens"]),
        .tests("SQLiteFilesTests", ["SQLiteFiles", "StorageKit", "TestKit", "Wire", .grdb, .nioCore]),
        .tests("MirrorTests", ["Mirror", "StorageKit", "Sync", "TestKit", "Wire", .grdb]),
        .tests(
            "JournalTests",
            ["Journal", "JournalKit", "Ledger", "SQLiteFiles", "StorageKit", "TestKit", "Wire", .grdb, .nioCore]),
        .tests(
            "TransportTests",
            [
                "Transport", "TestKit", "FaultProxy", "Platform", "Wire", .nioCore, .nioEmbedded, .nioPosix, .nioHTTP1,
                .nioWebSocket, .nioSSL, .logging,
            ]),
        .tests("TerminalTests", ["Screen", "ScreenKit", "Terminal", "TestKit"]),
        .tests(
            "AgentsTests",
            [
                "AgentKit", "Agents", "FailPoints", "Platform", "ProgramKit", "Wire", "TestKit", "belayd", .grdb,
                .logging,
            ]),
        .tests(
            "ClientTests",
            [
                "Agents", "Client", "FaultProxy", "Ledger", "Mirror", "Screen", "Server", "ServerKit", "Sync",
                "TestKit", "Transport", "Wire", .nioCore, .nioPosix, .logging, .grdb, .systemPackage,
            ], exclude: ["Goldens"]),
        .tests(
            "ServerTests",
            [
                "AgentKit", "Agents", "FaultProxy", "Journal", "JournalKit", "Ledger", "Server", "ServerKit", "TestKit",
                "Transport",
                "Wire", .nioCore, .nioPosix, .nioHTTP1, .logging, .toml, .grdb,
            ]),
        .tests(
            "EndToEndTests",
            [
                "FailPoints", "FaultProxy", "Journal", "Ledger", "Mirror", "ProgramKit", "Sync", "TestKit", "Wire",
                "belay", "belayd", .nioCore,
            ]),
        .tests(
            "NetworkTests", ["Journal", "Ledger", "Mirror", "ProgramKit", "Sync", "TestKit", "Wire", "belay", "belayd"]),
        .tests(
            "ReconnectionTests",
            [
                "Agents", "Client", "FailPoints", "Journal", "Ledger", "Mirror", "Platform", "Server", "Sync",
                "TestKit", "Transport", "Wire", .logging, .nioCore, .nioPosix,
            ]),
        .tests("SimulationTests", ["Simulation", "TestKit"]),
        .tests(
            "VerifyTests",
            [
                "Agents", "Journal", "Ledger", "Server", "ServerKit", "TestKit", "Transport", "Verify", "Wire",
                .nioCore, .nioPosix, .logging,
            ], exclude: ["Goldens"]),
        .tests("TidyTests", ["TestKit"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
