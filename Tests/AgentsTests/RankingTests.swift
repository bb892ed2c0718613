@testable import Agents
import Foundation
import TestKit
import Testing
import Wire

/// What the librarian finds for the questions of `Tests/Questions`, of which each has the files that a person would name.
@Suite struct RankingTests {
    /// How well a list of files answers questions.
    struct Figures {
        var questions = 0
        private var recall = 0.0
        private var rank = 0.0
        /// The questions whose files were not all among the first three.
        var misses: [String] = []

        /// The files of a question that are among the first three, on average.
        var recallAt3: Double { recall / Double(max(1, questions)) }
        /// The mean reciprocal rank of the first file of a question.
        var meanReciprocalRank: Double { rank / Double(max(1, questions)) }

        mutating func add(_ question: String, wanted: [String], found: [String]) {
            questions += 1
            let hits = wanted.filter(found.prefix(3).contains).count
            recall += Double(hits) / Double(wanted.count)
            if let first = found.firstIndex(where: wanted.contains) { rank += 1 / Double(first + 1) }
            if hits < wanted.count { misses.append("\(question) \(found.prefix(5))") }
        }
    }

    @Test("a person would have named the same files")
    func questions() async throws {
        let file = Repository.root.appendingPathComponent("Tests/Questions/questions.json")
        let sets = try JSON(parsing: try String(contentsOf: file, encoding: .utf8))
        var all = Figures()
        for set in sets.members ?? [] {
            let folder = Repository.root.appendingPathComponent(set.key).standardizedFileURL.path
            let index = try PassageIndex(path: nil, key: try IndexKey(SessionFolder(folder)))
            let limits = LibrarianLimits()
            _ = try await index.take(try FileLister.list(SessionFolder(folder), limits: limits))
            _ = try await index.refresh(SessionFolder(folder), limits: limits)
            var own = Figures()
            for entry in set.value.array ?? [] {
                let texts = entry.array?.compactMap(\.string) ?? []
                let question = Question(texts[0], after: nil, source: nil)
                var found: [String] = []
                for hit in try await index.hits(for: question, limit: 12) where !found.contains(hit.path) {
                    found.append(hit.path)
                }
                own.add(texts[0], wanted: Array(texts.dropFirst()), found: found)
                all.add(texts[0], wanted: Array(texts.dropFirst()), found: found)
            }
            print("questions about \(set.key): recall@3 \(own.recallAt3), reciprocal rank \(own.meanReciprocalRank)")
            for miss in own.misses { print("  \(miss)") }
        }
        print("all \(all.questions): recall@3 \(all.recallAt3), reciprocal rank \(all.meanReciprocalRank)")
        #expect(all.questions == 40)
        #expect(all.recallAt3 >= 0.8 && all.meanReciprocalRank >= 0.7)
    }
}
