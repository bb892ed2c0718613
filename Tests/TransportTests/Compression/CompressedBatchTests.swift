import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Transport

/// Batches of frames that were compressed by themselves, between messages that share the connection's compressor.
@Suite struct CompressedBatchTests {
    private func note(_ number: Int, _ count: Int = 1) -> Message {
        .notification(
            method: "session/update",
            params: [
                "seq": .integer(Int64(number)), "text": .string(String(repeating: "as it was before; ", count: count)),
            ])
    }

    private func batch(_ messages: [Message]) -> FrameBatch {
        var batch = FrameBatch()
        for message in messages { batch.append { $0.writeImmutableBuffer(message.encoded) } }
        return batch
    }

    @Test func aBatchHasTheMessagesThatWereAppended() {
        let texts = [0, 1, 125, 126, 65_535, 65_536, 3].map { ByteBuffer(repeating: 0x61, count: $0) }
        var batch = FrameBatch()
        for (number, text) in texts.enumerated() {
            batch.append(isDeflated: number.isMultiple(of: 2)) { $0.writeImmutableBuffer(text) }
        }
        var payloads: [ByteBuffer] = []
        batch.forEachPayload { payloads.append($0) }
        #expect(payloads == texts)
        let frames = RawWebSocket.frames(in: Array(batch.bytes.readableBytesView)[...])
        #expect(frames.map(\.payload.count) == texts.map(\.readableBytes))
        #expect(frames.map(\.isDeflated) == [true, false, true, false, true, false, true])
        #expect(frames.allSatisfy { $0.opcode == 1 })
    }

    @Test(arguments: [
        DeflateParameters(), DeflateParameters(serverKeepsContext: false), DeflateParameters(serverWindowBits: 9),
    ])
    func allOfThemAreUnderstoodInAnyOrder(parameters: DeflateParameters) throws {
        let (loop, compressors) = (EmbeddedEventLoop(), Compressors())
        let server = try EmbeddedSide.server(on: loop, deflate: parameters, compressors: compressors)
        let client = try EmbeddedSide(.client, on: loop, deflate: parameters)
        var said: [Message] = []
        for round in 0..<4 {
            let page = (0..<30).map { note(round * 100 + $0, 4) }
            let live = (30..<34).map { note(round * 100 + $0, 20) }
            said += [note(0, 100)] + page + [note(0, 100)] + live + page + live
            server.connection.write(note(0, 100).encoded)
            server.connection.write(batch(page).deflated(parameters))
            // What it could refer to is further away by the whole page.
            server.connection.write(note(0, 100).encoded)
            server.connection.write(batch(live))
            server.connection.write(batch(page).deflated(parameters))
            server.connection.write(batch(live))
            server.connection.flush()
            client.receive(try server.takeBytes())
            #expect(client.messages == said, "round \(round)")
            #expect(client.closure == nil && compressors.live == 1)
            loop.advanceTime(by: .seconds(round.isMultiple(of: 2) ? 2 : 0))
        }
    }

    @Test func aPageNeedsNoCompressorOfTheConnectionAndBeginsNoBurst() throws {
        let (loop, compressors) = (EmbeddedEventLoop(), Compressors())
        let server = try EmbeddedSide.server(on: loop, compressors: compressors)
        let client = try EmbeddedSide(.client, on: loop)
        let page = batch((0..<50).map { note($0, 10) })
        let deflated = page.deflated(DeflateParameters())
        #expect(deflated.count == page.count && deflated.bytes.readableBytes * 8 < page.bytes.readableBytes)
        #expect(deflated.deflated(DeflateParameters()).bytes == deflated.bytes, "not twice")
        server.connection.write(deflated)
        server.connection.write(note(50).encoded)
        server.connection.flush()
        #expect(compressors.live == 0)
        let bytes = try server.takeBytes()
        #expect(RawWebSocket.frames(in: bytes[...]).map(\.isDeflated) == Array(repeating: true, count: 50) + [false])
        client.receive(bytes)
        #expect(client.messages == (0..<50).map { note($0, 10) } + [note(50)])
    }

    @Test func whatIsCommittedLiveIsCompressedInABurstOnly() throws {
        let (loop, compressors) = (EmbeddedEventLoop(), Compressors())
        let server = try EmbeddedSide.server(on: loop, compressors: compressors)
        let client = try EmbeddedSide(.client, on: loop)
        var said: [Message] = []
        var compressed: [Bool] = []
        for number in 0..<12 {
            let messages = [note(number * 2), note(number * 2 + 1)]
            said += messages
            #expect(batch(messages).deflated(DeflateParameters()).bytes == batch(messages).bytes, "too short by itself")
            server.connection.write(batch(messages))
            server.connection.flush()
            let bytes = try server.takeBytes()
            compressed += RawWebSocket.frames(in: bytes[...]).map(\.isDeflated)
            client.receive(bytes)
            loop.advanceTime(by: .milliseconds(50))
        }
        #expect(client.messages == said)
        let begin = try #require(compressed.firstIndex(of: true))
        #expect(begin > 2 && begin < 16 && !compressed[begin...].contains(false), "\(compressed)")
        #expect(compressors.live == 1)
        loop.advanceTime(by: .seconds(2))
        #expect(compressors.live == 0)
    }

    @Test func withoutAnAgreementABatchIsWrittenAsItIs() throws {
        let server = try EmbeddedSide.server(on: EmbeddedEventLoop(), deflate: nil)
        let page = batch((0..<50).map { note($0, 10) })
        server.connection.write(page)
        server.connection.flush()
        #expect(try server.takeBytes() == Array(page.bytes.readableBytesView))
    }
}
