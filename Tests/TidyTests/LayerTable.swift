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
        // The library parses a text in memory and does nothing else.
        "CMarkdown": [],
        "Screen": ["CMarkdown", "Wire", "Sync"],

        // Between 1 and 2: what both adapters with a database are built on, since adapters never import one another
        "SQLiteFiles": ["Wire", "Platform", "GRDB", "NIOCore"] + system + foundation,

        // 2: the adapters
        "CProcess": [],
        "CTerminal": [],
        "CZlib": [],
        "Terminal": ["CTerminal", "Screen"] + system,
        "Transport": ["CZlib", "Wire", "Platform", "NIOExtras", "NIOSOCKS", "NIOSSL", "Logging"] + nio + system,
        "FaultProxy": ["Platform", "NIOCore", "NIOPosix", "Glibc"],
        "Mirror": ["Wire", "Platform", "SQLiteFiles", "Sync", "GRDB", "NIOCore"] + system,
        "Journal": ["Wire", "Platform", "SQLiteFiles", "Ledger", "GRDB", "NIOCore"] + system + foundation,
        "Agents": [
            "Wire", "Platform", "FailPoints", "Ledger", "AsyncHTTPClient", "GRDB", "Logging",
        ] + nio + system + foundation,

        // 3: the shells
        "Client": [
            "Wire", "Platform", "FailPoints", "Sync", "Transport", "Mirror", "SystemPackage", "TOMLKit", "Logging",
        ] + nio + system + foundation,
        "Server": [
            "Wire", "Platform", "FailPoints", "Ledger", "Transport", "Journal", "Agents", "Crypto", "DequeModule",
            "TOMLKit", "CProcess", "ServiceLifecycle", "Logging",
        ] + nio + system + foundation,

        "Verify": ["Wire", "Platform", "Transport"] + nio + system,

        // 4: the programs
        "belay": [
            "Client", "FaultProxy", "Platform", "Screen", "Terminal", "Sync", "Transport", "Verify", "Wire",
            "ArgumentParser", "SystemPackage", "TOMLKit", "Logging", "NIOCore", "NIOPosix",
        ] + system + foundation,
        // The daemon is where the parts are chosen and put together, so it names them all.
        "belayd": [
            "Server", "Agents", "Journal", "Ledger", "Platform", "Transport", "Wire", "ArgumentParser",
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
