namespace OpenSettle.Ethereum.Tests.Support;

/// <summary>Damages bytes: some are changed, cut out, said twice, or have pieces of JSON put between them.</summary>
internal static class Damage
{
    private static readonly string[] Splices =
        ["null", "{}", "[]", "\"\"", "0", "-1", "1e999", "\"0x\"", "\\ud800", "\\u0000", "\"", "{", "}", "[", "]", ",", ":", "true", "\"error\":", "\"result\":", "0x", "99999999999999999999999"];

    public static byte[] Of(Random random, byte[] text)
    {
        var bytes = text.ToList();
        for (var change = random.Next(1, 4); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, System.Text.Encoding.ASCII.GetBytes(Splices[random.Next(Splices.Length)]));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 60), bytes.Count - at)));
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }
}
