import NIOCore
import TestKit
import Testing

@testable import Wire

/// Damaged messages: whatever the bytes are, the decoder answers with a message or with the reason, and never takes
/// more or less than one whole text.
@Suite struct FrameDecoderFuzzTests {
    static let runs = 20_000

    @Test func damagedMessagesAreTakenWholeOrRefused() throws {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 2)
        let corpus = Corpus.all.map { Array($0.encoded.readableBytesView) }
        var taken = 0
        for run in 0..<Self.runs {
            let bytes = damaged(corpus, using: &generator)
            switch decode(bytes, using: &generator) {
            case .success(let message):
                taken += 1
                // What was taken means the same when it is said again in our own words.
                #expect(
                    decode(Array(message.encoded.readableBytesView), using: &generator) == .success(message), "\(seed)")
                let garbage = UInt8.random(in: 0x21...0x7E, using: &generator)
                let error = JSONError(reason: .trailingBytes, offset: bytes.count)
                #expect(decode(bytes + [garbage], using: &generator) == .failure(.json(error)), "\(seed) run \(run)")
            case .failure(.json(let error)):
                #expect((0...bytes.count).contains(error.offset), "\(seed) run \(run)")
            case .failure(.message(let error)):
                #expect(error.code == .invalidRequest, "\(seed) run \(run)")
            case .failure(.notUTF8):
                #expect(String(validating: bytes, as: UTF8.self) == nil, "\(seed) run \(run)")
            case .failure(.tooBig):
                Issue.record("no run is that long: \(seed) run \(run)")
            }
        }
        // Damage inside a string leaves a message: a decoder that refuses everything would not pass.
        #expect(taken > Self.runs / 20, "\(seed)")
        #expect(taken < Self.runs, "\(seed)")
    }

    /// Decodes the bytes, cut at random places.
    private func decode(_ bytes: [UInt8], using generator: inout SplitMix64) -> Result<Message, FrameDecoder.Failure> {
        var decoder = FrameDecoder()
        do throws(FrameDecoder.Failure) {
            var start = 0
            while start < bytes.count, generator.oneIn(2) {
                let end = generator.int(start...bytes.count)
                guard try decoder.feed(ByteBuffer(Array(bytes[start..<end])), isLast: false) == nil else {
                    preconditionFailure("a message came before its last fragment")
                }
                start = end
            }
            guard let message = try decoder.feed(ByteBuffer(Array(bytes[start...])), isLast: true) else {
                preconditionFailure("the last fragment gave neither a message nor an error")
            }
            return .success(message)
        } catch {
            return .failure(error)
        }
    }

    /// One of the messages after one to three accidents.
    private func damaged(_ corpus: [[UInt8]], using generator: inout SplitMix64) -> [UInt8] {
        var bytes = corpus.pick(using: &generator)
        for _ in 0..<generator.int(1...3) where !bytes.isEmpty {
            let place = generator.int(0...bytes.count - 1)
            let end = min(bytes.count, place + generator.int(1...16))
            switch generator.int(0...6) {
            case 0: bytes[place] ^= 1 << UInt8(generator.int(0...7))
            case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
            case 2: bytes.insert(Array("{}[]\":,\\u0e.-".utf8).pick(using: &generator), at: place)
            case 3: bytes.removeSubrange(place..<end)
            case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 5: bytes.removeLast(bytes.count - place)
            default:
                let other = corpus.pick(using: &generator)
                bytes.replaceSubrange(place..., with: other[generator.int(0...other.count - 1)...])
            }
        }
        return bytes
    }
}
