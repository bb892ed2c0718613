import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Transport

/// How long a server holds a compressor, in counts and virtual time; what it sends is understood all the while.
@Suite struct CompressorMemoryTests {
    /// A server and a client that hears what it says.
    private struct Pair {
        let server: EmbeddedSide
        let client: EmbeddedSide
        private var said: [Message] = []

        init(
            on loop: EmbeddedEventLoop, _ compressors: Compressors,
            _ parameters: DeflateParameters = DeflateParameters()
        )
            throws
        {
            server = try EmbeddedSide.server(on: loop, deflate: parameters, compressors: compressors)
            client = try EmbeddedSide(.client, on: loop, deflate: parameters)
        }

        /// Says something of so many bytes, and expects that it is heard.
        ///
        /// - Returns: The frame.
        mutating func say(bytes: Int) throws -> RawWebSocket.Frame {
            let bare = Message.notification(method: "m", params: ["t": ""])
            let text = String(repeating: "again and ", count: bytes / 10 + 1)
                .prefix(max(0, bytes - bare.encoded.readableBytes))
            said.append(.notification(method: "m", params: ["t": .string(String(text))]))
            let sent = try server.send(said.suffix(1))
            client.receive(sent)
            #expect(client.messages == said)
            return try #require(RawWebSocket.frames(in: sent[...]).first)
        }
    }

    @Test func aConnectionThatIsSilentOrSaysLittleHasNone() throws {
        let (loop, compressors) = (EmbeddedEventLoop(), Compressors())
        var pair = try Pair(on: loop, compressors)
        for _ in 0..<50 {
            #expect(try !pair.say(bytes: 200).isDeflated)
            loop.advanceTime(by: .milliseconds(250))
            #expect(compressors.live == 0)
        }
        #expect(!pair.client.connection.isHoldingInflater)
    }

    @Test func itIsFreedASecondBehindTheBurstAndTheNextOneIsUnderstood() throws {
        let (loop, compressors) = (EmbeddedEventLoop(), Compressors())
        var pair = try Pair(on: loop, compressors)
        var sizes: [Int] = []
        for _ in 0..<3 {
            #expect(try pair.say(bytes: 2_000).isDeflated)
            #expect(compressors.live == 1)
            loop.advanceTime(by: .milliseconds(999))
            #expect(compressors.live == 1)
            let small = try pair.say(bytes: 300)
            #expect(small.isDeflated, "in a burst small ones are compressed, too")
            sizes.append(small.payload.count)
            loop.advanceTime(by: .milliseconds(999))
            #expect(compressors.live == 1, "the second is counted from the last message")
            loop.advanceTime(by: .milliseconds(1))
            #expect(compressors.live == 0)
            #expect(try !pair.say(bytes: 300).isDeflated)
            loop.advanceTime(by: .seconds(5))
        }
        #expect(sizes.allSatisfy { $0 < 30 }, "what was said in the burst is referred to: \(sizes)")
    }

    @Test func aLongBurstKeepsOneCompressor() throws {
        let (loop, compressors) = (EmbeddedEventLoop(), Compressors())
        var pair = try Pair(on: loop, compressors)
        _ = try pair.say(bytes: 2_000)
        for _ in 0..<100 {
            loop.advanceTime(by: .milliseconds(900))
            #expect(try pair.say(bytes: 500).payload.count < 40)
            #expect(compressors.live == 1)
        }
    }

    @Test(arguments: ["close", "abort", "lost", "refused"])
    func theEndFreesIt(way: String) throws {
        let (loop, compressors) = (EmbeddedEventLoop(), Compressors())
        var pair = try Pair(on: loop, compressors)
        _ = try pair.say(bytes: 2_000)
        #expect(compressors.live == 1 && pair.client.connection.isHoldingInflater)
        switch way {
        case "close": pair.server.connection.close(.serviceRestart, "")
        case "abort": pair.server.connection.abort()
        case "lost": pair.server.drop()
        default: pair.server.receive(FrameBytes.frame(3, [], isMasked: true))
        }
        #expect(compressors.live == 0)
        pair.client.receive(FrameBytes.frame(8, [0x03, 0xE8], isMasked: false))
        #expect(!pair.client.connection.isHoldingInflater)
        // What is written behind the end makes nothing anew.
        pair.server.connection.write(
            Message.notification(method: way, params: ["t": .string(String(repeating: "x", count: 2_000))]).encoded)
        loop.advanceTime(by: .seconds(10))
        #expect(compressors.live == 0)
    }

    @Test func beyondTheBoundMessagesGoUncompressed() throws {
        let (loop, compressors) = (EmbeddedEventLoop(), Compressors(maximum: 2))
        var pairs = try (0..<4).map { _ in try Pair(on: loop, compressors) }
        let deflated = try pairs.indices.map { try pairs[$0].say(bytes: 2_000).isDeflated }
        #expect(deflated == [true, true, false, false])
        #expect(compressors.live == 2)
        loop.advanceTime(by: .milliseconds(500))
        #expect(try !pairs[2].say(bytes: 10).isDeflated)
        pairs[0].server.connection.abort()
        #expect(try pairs[2].say(bytes: 100).isDeflated, "a place is free")
        #expect(compressors.live == 2)
        loop.advanceTime(by: .seconds(2))
        #expect(compressors.live == 0)
        #expect(try !pairs[3].say(bytes: 300).isDeflated, "its burst is over, though it never had a compressor")
        #expect(try pairs[3].say(bytes: 2_000).isDeflated)
    }

    @Test func placesAreCounted() {
        let compressors = Compressors(maximum: 1)
        for _ in 0..<3 {
            var held = deflater(of: compressors)
            #expect(held != nil && compressors.live == 1)
            #expect(deflater(of: compressors) === nil)
            #expect(compressors.live == 1, "what was refused does not count")
            held = nil
            #expect(compressors.live == 0)
        }
        #expect(Compressors().maximum == 1_024)
    }

    private func deflater(of compressors: Compressors) -> Deflater? {
        guard let place = compressors.take() else { return nil }
        return Deflater(place: place)
    }

    @Test func aClientsCompressorLivesNoLongerThanItsMessage() throws {
        let (loop, compressors) = (EmbeddedEventLoop(), Compressors())
        let client = try EmbeddedSide(.client, on: loop, compressors: compressors)
        let deflater = MessageDeflater(DeflateParameters(), role: .client, eventLoop: loop, compressors: compressors)
        for length in [0, 1, 1_023] { #expect(deflater.deflate(ByteBuffer(repeating: 0x20, count: length)) == nil) }
        #expect(try #require(deflater.deflate(ByteBuffer(repeating: 0x20, count: 1_024))).readableBytes < 20)
        var generator = SystemRandomNumberGenerator()
        let noise = ByteBuffer(bytes: (0..<2_000).map { _ in UInt8.random(in: 0...255, using: &generator) })
        #expect(deflater.deflate(noise) == nil, "what becomes no shorter is sent as it is")
        _ = try client.send([.notification(method: "m", params: ["t": .string(String(repeating: "x", count: 5_000))])])
        #expect(compressors.live == 0)
    }
}
