using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Passports;

public static partial class PassportJson
{
    /// <summary>Reads what <see cref="Write(PassportFile, bool)"/> writes; fields that this version does not know are passed over.</summary>
    /// <exception cref="PassportFormatException">It is another thing; the message names the field.</exception>
    public static PassportFile Read(ReadOnlyMemory<byte> json) => JsonFields.Read(json, MostBytes, Read);

    private static PassportFile Read(JsonFields fields)
    {
        if (fields.Text("format") is var format && format != Format) throw fields.Bad("format", $"{Format}: another version wrote it");
        var (asOf, metadata) = (fields.Object("asOf"), fields.Object("metadata"));
        var passport = new Passport(
            fields.Text("codeVersion"),
            fields.Number("chainId"),
            new ModelId(fields.Word("model")),
            new BlockPoint(asOf.Number("block"), asOf.Number("time")),
            fields.Number("lastEpoch"),
            fields.Account("owner"),
            fields.Account("payAddress"),
            fields.Word("identityHash"),
            PassportWords.Status(fields, "status"),
            fields.Flag("frozen"),
            metadata.Word("hash"),
            metadata.Text("uri"),
            fields.List("domains", ReadDomain),
            fields.List("figures", ReadFigure),
            fields.List("flags", static flag => new PassportFlag(flag.Text("id"), flag.Text("scope"), flag.Text("message"))),
            fields.List("ancestors", static ancestor => new Ancestor(
                new ModelId(ancestor.Word("model")), ancestor.SmallNumber("depth"), ancestor.Number("shareMillionths"), ReadAmounts(ancestor, "flowed"))),
            fields.List("contributors", static contributor => new Contributor(contributor.Account("account"), contributor.Texts("roles"), ReadAmounts(contributor, "earned"))),
            fields.List("permissions", ReadPermission),
            fields.List("attestations", ReadJudged))
        {
            PublicSources = fields.Accounts("publicSources"),
        };
        return new PassportFile(
            passport,
            fields.Number("number"),
            fields.List("tokens", ReadToken),
            metadata.ObjectOrNull("document") is { } document ? ModelDocumentJson.Read(document) : null);
    }

    private static DomainStanding ReadDomain(JsonFields fields) => new(
        fields.Word("word"), fields.Text("domain"), PassportWords.Read<DomainBasis>(fields, "basis"), fields.Number("successes"), fields.Number("trials"), fields.Text("low"), fields.Text("high"));

    private static Figure ReadFigure(JsonFields fields) => new(
        fields.Text("id"), fields.Text("scope"), PassportWords.Read<FigureState>(fields, "state"), fields.TextOrNull("value"), fields.TextOrNull("low"), fields.TextOrNull("high"),
        fields.Number("n"), fields.Number("leastN"), PassportWords.Read<FigureLevel>(fields, "level"), fields.Number("firstBlock"), fields.Number("lastBlock"),
        fields.List("points", static point => new FigurePoint(point.Text("at"), point.Text("value"), point.Number("n"))), fields.TextOrNull("note"));

    private static StatedPermission ReadPermission(JsonFields fields) => new(
        fields.Account("account"), fields.Word("use"), PassportWords.Permission(fields, "permission"), fields.Number("expires"), fields.Word("termsHash"), fields.Text("uri"), fields.WordOrNull("attestation"));

    private static TokenName ReadToken(JsonFields fields) =>
        new(fields.Account("token"), fields.Text("symbol"), fields.Number("decimals") is <= byte.MaxValue and var decimals ? (byte)decimals : throw fields.Bad("decimals", "at most 255"));

    private static List<(Address Token, UInt256 Amount)> ReadAmounts(JsonFields fields, string name) => fields.List(name, static item => (item.Account("token"), item.Amount("amount")));
}
