/// A colour in OKLab (Ottosson 2020), where equal distances look equally far apart: its lightness, and its place between
/// green and red and between blue and yellow.
struct OKLab: Hashable, Sendable {
    var lightness: Double
    var a: Double
    var b: Double

    init(_ color: RGB) {
        let red = color.red.linear
        let green = color.green.linear
        let blue = color.blue.linear
        let l = root(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue, 3)
        let m = root(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue, 3)
        let s = root(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue, 3)
        lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
        a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
        b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
    }

    /// How far it is from grey.
    var chroma: Double { (a * a + b * b).squareRoot() }

    /// The square of the distance to another colour.
    func distance(to other: OKLab) -> Double {
        let (dl, da, db) = (lightness - other.lightness, a - other.a, b - other.b)
        return dl * dl + da * da + db * db
    }

    /// How alike the hues are, from −1 to 1.
    func hueLikeness(to other: OKLab) -> Double {
        let product = chroma * other.chroma
        return product == 0 ? -1 : (a * other.a + b * other.b) / product
    }

    /// The colours of ``XtermPalette``.
    static let palette = (0...255).map { OKLab(XtermPalette.color(UInt8($0))) }
}

extension UInt8 {
    /// The share of light that this part of a colour stands for (sRGB), from 0 to 1.
    var linear: Double { UInt8.linearShares[Int(self)] }

    private static let linearShares = (0...255).map { (part: Int) -> Double in
        let share = Double(part) / 255
        if share <= 0.04045 { return share / 12.92 }
        let base = (share + 0.055) / 1.055
        // To the power of 2.4.
        return base * base * root(base * base, 5)
    }
}

/// A root, by Newton's method: the pure cores have no library of mathematics.
func root(_ value: Double, _ degree: Int) -> Double {
    guard value > 0 else { return 0 }
    var guess = max(value, 1)
    for _ in 0..<80 {
        var power = 1.0
        for _ in 1..<degree { power *= guess }
        guess = (Double(degree - 1) * guess + value / power) / Double(degree)
    }
    return guess
}
