import NIOCore
import NIOHTTP1
import NIOPosix
import TestKit
import Testing
import Wire

@testable import FaultProxy
@testable import Transport

/// The parsers of this target with mutated input: they reject it or parse it, and do not trap.
@Suite struct OddBytesTests {
    static let runs = 3_000

    private func texts(_ corpus: [String], lane: UInt64) -> Mutator {
        var generator = TestSeed.current.generator(lane: lane)
        return Mutator(corpus: corpus.map { Array($0.utf8) }, seed: generator.next())
    }

    @Test func anEndpointThatIsReadCanBeWritten() {
        var mutator = texts(
            [
                "ws://host", "wss://Host.example:8137/acp", "ws://127.0.0.1:65535/", "wss://[2001:db8::1%eth0]:443",
                "unix:/run/belay/socket", "ws://user:secret@host:80", "ws://host?token=secret#x", "ws://[::1",
            ], lane: 10)
        for _ in 0..<Self.runs {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            guard let endpoint = Endpoint(text) else { continue }
            #expect(Endpoint(endpoint.description) == endpoint, "\(TestSeed.current): '\(text)'")
            if case .host(let host, let port) = endpoint.address {
                #expect(!host.isEmpty && (0...65_535).contains(port), "\(TestSeed.current): '\(text)'")
            }
        }
    }

    @Test func datagramsMeanTheSameInPieces() {
        let datagrams = [
            NetlinkDecoderTests.message(16), NetlinkDecoderTests.message(20, body: 3),
            NetlinkDecoderTests.datagram(NetlinkDecoderTests.message(24), NetlinkDecoderTests.message(16, body: 0)),
            NetlinkDecoderTests.message(16, length: .max), NetlinkDecoderTests.message(16, length: 0),
        ]
        var generator = TestSeed.current.generator(lane: 11)
        var mutator = Mutator(corpus: datagrams.map { Array($0.readableBytesView) }, seed: generator.next())
        for _ in 0..<Self.runs {
            let bytes = mutator.next()
            let whole = changes(in: bytes, by: max(1, bytes.count))
            let pieces = changes(in: bytes, by: Int.random(in: 1...24, using: &generator))
            #expect(whole == pieces, "\(TestSeed.current): \(bytes)")
        }
    }

    private func changes(in bytes: [UInt8], by count: Int) -> [NetworkChange] {
        var decoder = NetlinkDecoder()
        var changes: [NetworkChange] = []
        for start in stride(from: 0, to: bytes.count, by: count) {
            changes += decoder.feed(ByteBuffer(bytes: bytes[start..<min(bytes.count, start + count)]))
        }
        return changes + [decoder.endDatagram()].compactMap(\.self)
    }

    @Test func headersOfAnUpgradeAreTakenOrLeft() {
        let initialize = Base64URL.encode(Array(#"{"protocolVersion":1,"clientCapabilities":{}}"#.utf8))
        var values = texts(
            [initialize, "Bearer belay_abc", "bearer  x", "https://evil.example", "", "Bearer", "\u{0}"], lane: 12)
        let open = MultiThreadedEventLoopGroup.singleton.any().makeSucceededVoidFuture()
        for _ in 0..<Self.runs {
            var headers = HTTPHeaders()
            for name in ["Authorization", "Origin", "User-Agent", UpgradeRequest.initializeHeader] {
                headers.add(name: name, value: String(decoding: values.next(), as: UTF8.self))
            }
            let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/acp", headers: headers)
            let request = UpgradeRequest(head: head, peer: .network("127.0.0.1"), socketClosed: open)
            let length = headers.first(name: UpgradeRequest.initializeHeader)?.utf8.count ?? 0
            #expect(request.initialize == nil || length <= UpgradeRequest.initializeBytesMaximum, "\(TestSeed.current)")
            #expect(request.token.map { headers["Authorization"][0].contains($0) } ?? true, "\(TestSeed.current)")
        }
    }

    @Test func aPlanIsReadOrItsFirstWrongLineNamed() {
        var mutator = texts(
            [
                "# A bad day.\nat 4096 bytes cut\n2s cut # and no more\n+1s heal\n+500ms blackhole toClient\n",
                "every 3s reset\n1m portal\n\n1.5s delay 200ms\r\nevery 10ms throttle 1000\nswitch ::1\n",
                "+9223372036854775807s cut", "at 9223372036854775807 bytes cut", "every 99999999999999h cut",
            ], lane: 13)
        for _ in 0..<Self.runs {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            do throws(FaultScheduleError) {
                var schedule = try FaultSchedule(parsing: text)
                #expect(schedule.steps.count <= FaultSchedule.linesMaximum)
                _ = (schedule.due(at: .seconds(1)), schedule.due(at: .seconds(1 << 30)), schedule.next)
            } catch {
                #expect(error.line >= 1, "\(TestSeed.current): '\(text)'")
            }
        }
    }
}
