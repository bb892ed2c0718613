import NIOCore
import Wire

extension FuzzTarget {
    /// Readers of text and bytes.
    static let texts: [FuzzTarget] = [
        FuzzTarget("json") { bytes throws(Oddity) in
            guard let json = parsed(bytes) else { return }
            try expect(parsed(json.encoded) == json, "read again it is other JSON")
        },
        FuzzTarget("frames") { bytes throws(Oddity) in
            // The first byte says how long the fragments are.
            let length = Int(bytes.first ?? 0) + 1
            let text = Array(bytes.dropFirst())
            var decoder = FrameDecoder(bytesMaximum: 4_096)
            var fragments: [ArraySlice<UInt8>] = []
            for start in stride(from: 0, to: text.count, by: length) {
                fragments.append(text[start..<min(text.count, start + length)])
            }
            let whole = feed(&decoder, fragments)
            // The same decoder is ready for the next message, and the message is the same in one piece.
            let again = feed(&decoder, [text[...]])
            try expect(text.isEmpty || whole == again, "in fragments it is another message")
        },
        FuzzTarget("base64url") { bytes throws(Oddity) in
            let text = String(decoding: bytes, as: UTF8.self)
            if let decoded = Base64URL.decode(text) {
                let encoded = Base64URL.encode(decoded)
                try expect(encoded == text.prefix { $0 != "=" }, "'\(text)' is not the only text of its bytes")
            }
            try expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes, "encoded and decoded it is other bytes")
        },
        FuzzTarget("control-filter") { bytes throws(Oddity) in
            let clean = String(decoding: bytes, as: UTF8.self).withoutControls
            let isClean = clean.unicodeScalars.allSatisfy { scalar in
                scalar == "\n" || scalar == "\t" || !(scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value))
            }
            try expect(isClean, "a control character is left")
            try expect(clean.withoutControls == clean, "cleaned twice it is another text")
        },
        FuzzTarget("duration") { bytes throws(Oddity) in
            guard let duration = Duration(text: String(decoding: bytes, as: UTF8.self)) else { return }
            try expect((.zero ... .seconds(36_525 * 86_400)).contains(duration), "\(duration) is out of bounds")
            _ = (duration.nanoseconds, duration.milliseconds)
        },
        FuzzTarget("times") { bytes throws(Oddity) in
            let number = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let text = ISO8601.text(Timestamp(bitPattern: number))
            try expect(text.hasSuffix("Z") && text.utf8.count >= 24, "'\(text)' is no time")
        },
        FuzzTarget("closure") { bytes throws(Oddity) in
            // As in a close frame: two bytes of a code, and a reason.
            let code = bytes.count >= 2 ? CloseCode(rawValue: UInt16(bytes[0]) << 8 | UInt16(bytes[1])) : nil
            let closure = Closure(code: code, reason: String(decoding: bytes.dropFirst(2), as: UTF8.self))
            _ = closure.isRetryable
            try expect((closure.retryAfter ?? 0) >= 0, "it asks for a time that has passed")
        },
    ]

    private static func feed(
        _ decoder: inout FrameDecoder, _ fragments: [ArraySlice<UInt8>]
    ) -> Result<Message?, FrameDecoder.Failure> {
        do throws(FrameDecoder.Failure) {
            var message: Message?
            for (index, fragment) in fragments.enumerated() {
                message = try decoder.feed(ByteBuffer(bytes: fragment), isLast: index == fragments.count - 1)
            }
            return .success(message)
        } catch {
            return .failure(error)
        }
    }
}
