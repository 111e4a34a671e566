using OpenSettle.Epochs;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;

namespace OpenSettle.Tests.Passports;

public sealed class PermissionAnswerTests
{
    private const ulong Now = 1_000;

    private static readonly Hash32 Use = DomainWord.Of("commercial");
    private static readonly Hash32 Terms = Keccak256.HashText("terms");
    private static readonly Address Ada = World.Name("ada", 1);

    [Fact]
    public void Nothing_Said_IsUnknown() => Assert.Equal(PermissionAnswer.Nothing, Ask([], []));

    [Fact]
    public void Registry_OfTheAccount_StandsBeforeAnybodys()
    {
        var answer = Ask([Registry(Address.Zero, 2, block: 90), Registry(Ada, 1, block: 10)], []);
        Assert.Equal((PermissionWord.Allowed, PermissionSource.Registry), (answer.Answer, answer.Source));
        Assert.Equal(PermissionWord.NotAllowed, PermissionAnswer.Of([Registry(Address.Zero, 2, block: 90)], [], World.Name("bo", 1), Use, Now).Answer);
    }

    [Theory]
    [InlineData(10, 20, PermissionSource.Attestation)]
    [InlineData(20, 10, PermissionSource.Registry)]
    public void NewestWord_OfRegistryAndAttestation_Counts(ulong registry, ulong attestation, PermissionSource expected)
    {
        var answer = Ask([Registry(Ada, 1, registry)], [Attested(Ada, 3, attestation)]);
        Assert.Equal(expected, answer.Source);
        Assert.Equal(expected == PermissionSource.Attestation ? PermissionWord.Constrained : PermissionWord.Allowed, answer.Answer);
        Assert.Equal(expected == PermissionSource.Attestation, answer.Attestation is not null);
    }

    [Fact]
    public void EndedWord_FallsAway_AndTheOlderOneCountsAgain()
    {
        Assert.Equal(PermissionWord.Allowed, Ask([Registry(Ada, 1, 10)], [Attested(Ada, 2, 20, expires: Now)]).Answer);
        Assert.Equal(PermissionWord.NotAllowed, Ask([Registry(Ada, 1, 10)], [Attested(Ada, 2, 20, expires: Now + 1)]).Answer);
        Assert.Equal(PermissionWord.Unknown, Ask([Registry(Ada, 1, 10, expires: Now)], []).Answer);
        Assert.Equal(Now + 5, Ask([], [Attested(Ada, 1, 20, expires: Now + 9, entryExpires: Now + 5)]).Expires);
    }

    [Fact]
    public void UnsetInTheRegistry_TakesBackWhatWasAttestedBefore()
    {
        Assert.Equal(PermissionWord.Unknown, Ask([Registry(Ada, 0, 20)], [Attested(Ada, 1, 10)]).Answer);
        Assert.Equal(PermissionWord.Allowed, Ask([Registry(Ada, 0, 10)], [Attested(Ada, 1, 20)]).Answer);
        Assert.Equal(PermissionWord.NotAllowed, Ask([Registry(Ada, 0, 20), Registry(Address.Zero, 2, 1)], [Attested(Ada, 1, 10)]).Answer);
    }

    [Theory]
    [InlineData(AttestationStanding.Revoked)]
    [InlineData(AttestationStanding.Expired)]
    [InlineData(AttestationStanding.Replaced)]
    [InlineData(AttestationStanding.Stranger)]
    [InlineData(AttestationStanding.Void)]
    public void Attestation_ThatIsNotValid_SaysNothing(AttestationStanding standing) =>
        Assert.Equal(PermissionAnswer.Nothing, Ask([], [Attested(Ada, 1, 10) with { Standing = standing }]));

    [Fact]
    public void OffChainWord_CountsOnlyWhereTheChainHasNone()
    {
        var off = OffChain(Ada, 1, 900);
        Assert.Equal(PermissionWord.Allowed, Ask([], [off]).Answer);
        Assert.Equal(PermissionWord.NotAllowed, Ask([Registry(Ada, 2, 1)], [off]).Answer);
        Assert.Equal(PermissionWord.Allowed, Ask([Registry(Address.Zero, 2, 1)], [off]).Answer);
    }

    [Fact]
    public void OffChainWords_OfOneTime_TheStricterCountsInAnyOrder()
    {
        JudgedAttestation[] words = [OffChain(Ada, 1, 900), OffChain(Ada, 2, 900), OffChain(Ada, 3, 900)];
        Assert.Equal(PermissionWord.NotAllowed, Ask([], words).Answer);
        Assert.Equal(PermissionWord.NotAllowed, Ask([], words.Reverse()).Answer);
        Assert.Equal(PermissionWord.Constrained, Ask([], [words[0], words[2]]).Answer);
    }

    [Fact]
    public void OtherUse_SaysNothingOfThisOne() =>
        Assert.Equal(PermissionWord.Unknown, PermissionAnswer.Of([Registry(Ada, 1, 10)], [], Ada, DomainWord.Of("resale"), Now).Answer);

    [Fact]
    public void Sale_KeepsTheSellersWord_UntilTheBuyersNewerOne()
    {
        var market = new Market(weeks: 4).Honest(3);
        var buyer = World.Name("new owner", 1);
        market.Later(new OwnerChanged(new LogPosition(Market.Block(10), 500), Market.Time(10), Market.Model, buyer));
        market.Say(Market.Owner, new PermissionStatement(Market.Model, Ada, Use, 1, 0, Hash32.Zero), 5);
        Assert.Equal(PermissionWord.Allowed, PermissionAnswer.Of(market.Build(), Ada, Use).Answer);
        market.Permissions.Add(new RegistryPermission(Ada, Use, 2, 0, Hash32.Zero, "", new LogPosition(Market.Block(12), 1)));
        Assert.Equal(PermissionWord.NotAllowed, PermissionAnswer.Of(market.Build(), Ada, Use).Answer);
        market.Say(buyer, new PermissionStatement(Market.Model, Ada, Use, 3, 0, Terms), 14);
        var answer = PermissionAnswer.Of(market.Build(), Ada, Use);
        Assert.Equal((PermissionWord.Constrained, Terms), (answer.Answer, answer.TermsHash));
    }

    [Fact]
    public void Passport_AndThePureQuestion_AnswerAlike()
    {
        var market = new Market(weeks: 4).Honest(3);
        market.Permissions.Add(new RegistryPermission(Address.Zero, Use, 3, 0, Terms, "https://example.org/terms", new LogPosition(Market.Block(2), 1)));
        market.Permissions.Add(new RegistryPermission(Ada, Use, 0, 0, Hash32.Zero, "", new LogPosition(Market.Block(3), 1)));
        market.Say(Market.Owner, new PermissionStatement(Market.Model, Ada, Use, 1, 0, Hash32.Zero), 1);
        var (passport, facts) = (market.Build(), market.Facts());
        foreach (var account in (Address[])[Address.Zero, Ada, World.Name("bo", 1)])
        {
            var pure = PermissionAnswer.Of(facts.Permissions, passport.Attestations, account, Use, facts.AsOf.Timestamp);
            Assert.Equal(pure, PermissionAnswer.Of(passport, account, Use));
            Assert.Equal(pure, PermissionAnswer.Of(facts, account, Use));
            Assert.Equal(PermissionWord.Constrained, pure.Answer);
        }
    }

    private static PermissionAnswer Ask(IEnumerable<RegistryPermission> registry, IEnumerable<JudgedAttestation> attestations) =>
        PermissionAnswer.Of(registry, attestations, Ada, Use, Now);

    private static RegistryPermission Registry(Address account, byte permission, ulong block, ulong expires = 0) =>
        new(account, Use, permission, expires, Hash32.Zero, "", new LogPosition(block, 0));

    private static JudgedAttestation Attested(Address account, byte permission, ulong block, ulong expires = 0, ulong entryExpires = 0) => new(
        new AttestationEntry(
            Keccak256.HashText($"{permission}/{block}"), Use, StatementKind.Permission, Market.Owner, default, default, block, entryExpires, 0, true, new LogPosition(block, 1),
            new PermissionStatement(Market.Model, account, Use, permission, expires, Terms)),
        AttestationStanding.Valid, false, null);

    private static JudgedAttestation OffChain(Address account, byte permission, ulong time)
    {
        var judged = Attested(account, permission, time);
        return judged with { Entry = judged.Entry with { OnChain = false, At = null } };
    }
}
