import Glibc

/// What libFuzzer calls with each input: the reader that FUZZ_TARGET names. What does not hold is a crash like any other.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let sentence = reader.run(Array(UnsafeBufferPointer(start: start, count: count))) { fatalError(sentence) }
    return 0
}

private let reader: FuzzTarget = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let found = FuzzTarget.all.first(where: { $0.name == name }) else {
        print("FUZZ_TARGET is one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
        exit(64)
    }
    return found
}()
