using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>
/// Accounts and contracts through which money of many goes, so that it says nothing of who somebody is: public sources, this deployment,
/// and pay addresses. What comes out of the vault is a claim, and counts as earned; what is minted comes from nobody.
/// </summary>
internal sealed class Outsiders(PassportFacts facts)
{
    private readonly HashSet<Address> _contracts = [Address.Zero, facts.Deployment.Vault, facts.Deployment.Rail, facts.Deployment.Registry];

    public bool Contains(Address account) => _contracts.Contains(account) || facts.PublicSources.Contains(account) || facts.Registry.IsPayAddress(account);
}
