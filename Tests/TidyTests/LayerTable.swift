/// Which modules each target of `Sources` may import: the layers of the architecture, as a table.
///
/// SwiftPM refuses an import that goes upwards, and lets through one of a module that is only a dependency of a
/// dependency; this table does not. When a better wall is found, move it here and in the manifest together.
enum LayerTable {
    static let allowed: [String: Set<String>] = [
        // 0: the language
        "Wire": ["NIOCore"],
        "Platform": ["CProcess", "SystemPackage", "Subprocess"] + system,
        "FailPoints": system,

        // 1: the pure cores
        "Sync": ["Wire"],
        "Ledger": ["Wire", "DequeModule", "NIOCore"],
        "Screen": ["Wire", "Sync"],

        // 2: the adapters
        "CProcess": [],
        "CTerminal": [],
        "Terminal": ["CTerminal", "Screen"] + system,
        "Transport": ["Wire", "Platform", "NIOExtras", "NIOSOCKS", "NIOSSL", "Logging"] + nio + system,
        "FaultProxy": ["Platform", "NIOCore", "NIOPosix", "Glibc"],
        "Storage": ["Wire", "Platform", "Sync", "Ledger", "GRDB", "NIOCore"] + system + foundation,
        "Agents": ["Wire", "FailPoints", "Ledger", "GRDB", "Logging"] + system + foundation,

        // 3: the shells
        "Client": [
            "Wire", "Platform", "FailPoints", "Sync", "Transport", "Storage", "SystemPackage", "TOMLKit", "Logging",
        ] + nio + system + foundation,
        "Server": [
            "Wire", "Platform", "FailPoints", "Ledger", "Transport", "Storage", "Agents", "Crypto", "DequeModule",
            "TOMLKit", "CProcess", "ServiceLifecycle", "Logging",
        ] + nio + system + foundation,

        "Verify": ["Wire", "Platform", "Transport"] + nio + system,

        // 4: the programs
        "belay": [
            "Client", "FaultProxy", "Platform", "Screen", "Terminal", "Sync", "Transport", "Verify", "Wire",
            "ArgumentParser", "SystemPackage", "TOMLKit", "Logging", "NIOPosix",
        ] + system + foundation,
        // The daemon is where the parts are chosen and put together, so it names them all.
        "belayd": [
            "Server", "Agents", "Ledger", "Platform", "Storage", "Transport", "Wire", "ArgumentParser",
            "ServiceLifecycle", "SystemPackage", "UnixSignals", "Logging",
        ] + system + foundation,
    ]

    /// The targets whose decisions are values: no IO, no clock, no random source, no concurrency.
    static let pureCores: Set<String> = ["Wire", "Sync", "Ledger", "Screen"]

    /// What stands at the top of the repository, and nothing else does.
    static let topLevel: Set<String> = [
        "Package.swift", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "Makefile", ".ci",
        ".swift-format",
        ".editorconfig", ".gitignore", "Sources", "Tests", "themes", "man", "systemd",
    ]

    private static let system: Set<String> = ["Glibc", "Synchronization"]
    private static let foundation: Set<String> = ["Foundation", "FoundationEssentials"]
    private static let nio: Set<String> = [
        "NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket", "NIOTLS", "NIOConcurrencyHelpers",
    ]
}

private func + (left: Set<String>, right: Set<String>) -> Set<String> { left.union(right) }
