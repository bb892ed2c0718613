/// The contrast of two colours as the Web Content Accessibility Guidelines define it, from 1 to 21.
enum Contrast {
    /// What text needs (WCAG 2.1, AA).
    static let text = 4.5
    /// What muted text, borders and graphics need.
    static let muted = 3.0

    /// The ratio of the luminances.
    static func ratio(_ first: RGB, _ second: RGB) -> Double {
        let (one, other) = (luminance(first), luminance(second))
        return (max(one, other) + 0.05) / (min(one, other) + 0.05)
    }

    private static func luminance(_ color: RGB) -> Double {
        0.2126 * color.red.linear + 0.7152 * color.green.linear + 0.0722 * color.blue.linear
    }
}
