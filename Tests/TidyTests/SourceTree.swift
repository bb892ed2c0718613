import Foundation
import TestKit

/// A text file of the repository.
struct SourceFile: Hashable, Sendable {
    /// Its path from the top of the repository.
    var path: String
    var text: String

    /// The lines, without the empty one that a last newline would make.
    var lines: [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// The target of `Sources` that the file belongs to.
    var target: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    var isSwift: Bool { path.hasSuffix(".swift") }
}

/// Something that is against a rule, and where.
struct Finding: Hashable, CustomStringConvertible {
    var path: String
    /// From 1; 0 is the whole file.
    var line = 0
    var problem: String

    var description: String { line == 0 ? "\(path): \(problem)" : "\(path):\(line): \(problem)" }
}

/// The files of the repository as they lie on the disk.
enum SourceTree {
    /// All text files under the folders, hidden ones excepted, in order of their paths.
    static func files(under folders: String...) throws -> [SourceFile] {
        try folders.flatMap { folder -> [SourceFile] in
            let top = Repository.root.appendingPathComponent(folder)
            guard let names = FileManager.default.enumerator(atPath: top.path) else { return [] }
            var files: [SourceFile] = []
            while let name = names.nextObject() as? String {
                guard names.fileAttributes?[.type] as? FileAttributeType == .typeRegular else { continue }
                files.append(contentsOf: try file(at: "\(folder)/\(name)"))
            }
            return files.sorted { $0.path < $1.path }
        }
    }

    /// The documents at the top.
    static func documents() throws -> [SourceFile] {
        try topLevelEntries().filter { $0.hasSuffix(".md") }.sorted().flatMap { try file(at: $0) }
    }

    /// What stands at the top, without what git and the build tool put there.
    static func topLevelEntries() throws -> Set<String> {
        let names = try FileManager.default.contentsOfDirectory(atPath: Repository.root.path)
        return Set(names.filter { !isGenerated($0) })
    }

    static func isGenerated(_ name: String) -> Bool {
        [".git", ".swiftpm", "Package.resolved"].contains(name) || name.hasPrefix(".build")
    }

    /// The file, or nothing when it is no text.
    private static func file(at path: String) throws -> [SourceFile] {
        let bytes = try Data(contentsOf: Repository.root.appendingPathComponent(path))
        return String(validating: bytes, as: UTF8.self).map { [SourceFile(path: path, text: $0)] } ?? []
    }
}
