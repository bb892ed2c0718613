import Foundation
import TestKit

/// The corpus, and what is kept of failures.
enum Files {
    static func read(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { Array($0) } }

    /// The texts that a target begins with, in the order of their names.
    static func corpus(of target: String) -> [(name: String, bytes: [UInt8])] {
        let folder = Repository.root.appendingPathComponent("Tests/Fuzz/Corpus/\(target)").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { name in read("\(folder)/\(name)").map { (name, $0) } }
    }

    /// Writes the bytes where they can be looked at, and copied into the corpus.
    static func keep(_ bytes: [UInt8], of target: String) -> String {
        let sum = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "fuzz-\(target)-\(String(sum, radix: 16))"
        ).path
        _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
        return path
    }
}
