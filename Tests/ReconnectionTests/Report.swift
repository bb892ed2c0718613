import Glibc
import Wire

/// The figures of a case, printed with what the customer requires.
enum Report {
    static func line(_ test: String, _ figure: String, required: String, measured: String) {
        let left = "\(test)  \(figure)".padding(to: 40)
        print("  \(left) required \(required.padding(to: 12)) measured \(measured)")
        fflush(nil)
    }

    static func milliseconds(_ duration: Duration) -> String {
        let micro = duration.nanoseconds / 1_000
        return "\(micro / 1_000).\((micro % 1_000) / 100) ms"
    }

    static func percent(_ fraction: Double) -> String {
        let tenths = Int((fraction * 1_000).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10) %"
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

/// The memory that this process has in use, in bytes.
func residentBytes() -> Int {
    guard let stream = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(stream) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, Int32(line.count), stream) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let fields = text.split(separator: " ")
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(getpagesize())
}

extension [Duration] {
    /// The middle one.
    var median: Duration { isEmpty ? .zero : sorted()[count / 2] }
}

/// Removes a file that is there.
func removeFile(_ path: String) throws {
    guard unlink(path) == 0 else { throw TestFailure("cannot remove \(path)") }
}
