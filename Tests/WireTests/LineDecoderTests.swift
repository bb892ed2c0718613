import NIOCore
import Testing
import Wire

/// Messages on lines, however the stream is cut.
@Suite struct LineDecoderTests {
    private static let stream = Array("{\"a\":\"\u{2028}é\"}\n\r\n\nsecond\r\nthird \n\nlast".utf8)
    private static let lines = ["{\"a\":\"\u{2028}é\"}", "second", "third ", "last"]

    private static func lines(of pieces: [ArraySlice<UInt8>], bytesMaximum: Int = 16) throws -> [String] {
        var decoder = LineDecoder(bytesMaximum: bytesMaximum)
        var lines = try pieces.flatMap { try decoder.feed($0) }
        if let last = decoder.finish() { lines.append(last) }
        return lines.map { String(buffer: $0) }
    }

    @Test func itIsTheSameWhereverItIsCut() throws {
        for cut in 0...Self.stream.count {
            #expect(try Self.lines(of: [Self.stream[..<cut], Self.stream[cut...]]) == Self.lines, "\(cut)")
        }
        #expect(try Self.lines(of: Self.stream.indices.map { Self.stream[$0...$0] }) == Self.lines)
    }

    @Test func aLineOverTheBoundIsRefusedWhereverItIsCut() throws {
        let (fits, over) = (Array(repeating: 0x61 as UInt8, count: 16), Array(repeating: 0x61 as UInt8, count: 17))
        #expect(try Self.lines(of: [fits[...], [0x0A]]) == [String(repeating: "a", count: 16)])
        for line in [over, over + [0x0A]] {
            for cut in 0...line.count {
                #expect(throws: LineDecoder.TooLong.self) { try Self.lines(of: [line[..<cut], line[cut...]]) }
            }
        }
    }

    @Test func aStreamWithoutLinesHasNone() throws {
        for text in ["", "\n", "\r\n\n", "\r"] { #expect(try Self.lines(of: [Array(text.utf8)[...]]) == []) }
    }
}
