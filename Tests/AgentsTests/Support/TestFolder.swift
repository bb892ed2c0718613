import Glibc

/// A folder of real files, deleted with the value that made it.
final class TestFolder: Sendable {
    let path: String

    init(_ files: KeyValuePairs<String, String> = [:]) throws {
        var template = Array("/tmp/belay-agents-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFolderError(what: "mkdtemp", code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for (name, text) in files { try write(name, text) }
    }

    deinit { TestFolder.remove(Array(path.utf8CString)) }

    func write(_ name: String, _ text: String) throws { try write(Array(name.utf8), Array(text.utf8)) }

    func write(_ name: String, _ bytes: [UInt8]) throws { try write(Array(name.utf8), bytes) }

    /// Names are bytes: they need not be UTF-8.
    func write(_ name: [UInt8], _ bytes: [UInt8]) throws {
        let full = Array(path.utf8) + [UInt8(ascii: "/")] + name
        for index in full.indices where full[index] == UInt8(ascii: "/") && index > path.utf8.count {
            mkdir(TestFolder.terminated(full[..<index]), 0o755)
        }
        let file = open(TestFolder.terminated(full[...]), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw TestFolderError(what: "open", code: errno) }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard written > 0 else { throw TestFolderError(what: "write", code: errno) }
            rest = rest.dropFirst(written)
        }
    }

    func delete(_ name: String) { unlink(path + "/" + name) }

    func link(_ name: String, to target: String) throws {
        guard symlink(target, path + "/" + name) == 0 else { throw TestFolderError(what: "symlink", code: errno) }
    }

    func folder(_ name: String) throws {
        guard mkdir(path + "/" + name, 0o755) == 0 else { throw TestFolderError(what: "mkdir", code: errno) }
    }

    private static func terminated(_ bytes: ArraySlice<UInt8>) -> [CChar] {
        bytes.map { CChar(bitPattern: $0) } + [0]
    }

    /// Paths are bytes here as well.
    private static func remove(_ path: [CChar]) {
        if unlink(path) == 0 { return }
        if let stream = opendir(path) {
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                guard name != Array(".".utf8), name != Array("..".utf8) else { continue }
                remove(path.dropLast() + [CChar(UInt8(ascii: "/"))] + name.map { CChar(bitPattern: $0) } + [0])
            }
            closedir(stream)
        }
        rmdir(path)
    }
}

struct TestFolderError: Error {
    var what: String
    var code: Int32
}
