@testable import Agents
import Testing

/// Server-sent events, as WHATWG has them, cut at every byte.
@Suite struct EventStreamParserTests {
    typealias Event = EventStreamParser.Event

    @Test(arguments: [
        ("data: a\n\n", [Event(data: "a")]),
        ("data:a\r\rdata: b\r\r", [Event(data: "a"), Event(data: "b")]),
        ("data: a\r\ndata: b\r\n\r\n", [Event(data: "a\nb")]),
        ("\u{FEFF}data: a\n\n", [Event(data: "a")]),
        (": keep-alive\n\n: OPENROUTER PROCESSING\n\ndata: a\n\n", [Event(data: "a")]),
        ("event: error\ndata: {}\n\ndata: b\n\n", [Event(name: "error", data: "{}"), Event(data: "b")]),
        ("id: 1\nretry: 10\ndata\n\n", [Event(data: "")]),
        ("data:  two spaces\n\n", [Event(data: " two spaces")]),
        ("data: grüße 👩‍💻\n\n", [Event(data: "grüße 👩‍💻")]),
        ("data: cut off", []), ("data: cut off\n", []), ("event: x\n\n", []), ("", []), ("\n\n\n", []),
        ("data: a: b: c\n\n", [Event(data: "a: b: c")]),
        ("unknown: a\ndata: b\n\n", [Event(data: "b")]),
    ])
    func stream(_ text: String, _ events: [Event]) throws {
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            var parser = EventStreamParser()
            let read = try parser.feed(bytes[..<cut]) + parser.feed(bytes[cut...])
            #expect(read == events, "cut at \(cut)")
        }
        var parser = EventStreamParser()
        #expect(try bytes.flatMap { try parser.feed([$0]) } == events, "byte by byte")
    }

    @Test("an event that is too long is an error, and none that is cut short")
    func tooLong() throws {
        var parser = EventStreamParser()
        _ = try parser.feed(Array("data: ".utf8))
        #expect(throws: EventStreamParser.TooLong.self) {
            for _ in 0...(EventStreamParser.bytesMaximum >> 16) {
                _ = try parser.feed([UInt8](repeating: 0x61, count: 1 << 16))
            }
        }
    }
}
