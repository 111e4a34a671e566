// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {
    IModelRegistry,
    Parent,
    Permission,
    Registration,
    SplitTable,
    Status,
    Term
} from "./interfaces/IModelRegistry.sol";
import {Lineages} from "./libraries/Lineages.sol";
import {SplitTables} from "./libraries/SplitTables.sol";
import {Newest, Versions} from "./libraries/Versions.sol";
import {ModelAccount} from "./ModelAccount.sol";

/// @title ModelRegistry
/// @notice See {IModelRegistry}. Tables live in the events; storage keeps what a later call has to check or answer.
contract ModelRegistry is ERC721, IModelRegistry {
    using Lineages for Parent[];
    using SplitTables for SplitTable;
    using Versions for Newest;

    /// @dev `royalty` is the one in force while the newest version of it is not; `newestRoyalty` is that version's, and kept
    /// where it was cancelled, for whoever confirms it.
    /// `history` is a running hash of all that was done to the model.
    struct Model {
        uint64 number;
        uint32 noticePeriod;
        uint16 royalty;
        uint16 newestRoyalty;
        Status status;
        bool isFrozen;
        bytes32 identityHash;
        bytes32 metadataHash;
        bytes32 history;
        string uri;
    }

    struct Grant {
        Permission permission;
        uint64 expires;
        bytes32 termsHash;
    }

    uint256 private constant MOST_GATEWAYS = 64;
    uint16 private constant HUNDREDTHS_OF_A_PERCENT = 10_000;
    bytes4 private constant ERC4906_ID = 0x49064906;
    bytes4 private constant ERC5646_ID = this.getStateFingerprint.selector;

    address public constant OWNER = address(uint160(uint256(keccak256("OpenSettle.OWNER"))));
    uint256 public constant MOST_ROWS = SplitTables.MOST_ROWS;
    uint32 public constant MOST_NOTICE = 365 days;

    address public immutable vault;
    bytes32 public immutable accountCodeHash;

    uint64 public modelCount;
    mapping(bytes32 modelId => Model) private _models;
    mapping(bytes32 modelId => mapping(Term => Newest)) private _newest;
    mapping(bytes32 modelId => mapping(address account => mapping(bytes32 use => Grant))) private _grants;

    constructor(address vault_) ERC721("OpenSettle Model", "OSMODEL") {
        vault = vault_;
        accountCodeHash = keccak256(abi.encodePacked(type(ModelAccount).creationCode, abi.encode(vault_)));
    }

    // Registration

    function register(Registration calldata registration) external returns (bytes32 modelId, address payAddress) {
        modelId = modelIdOf(msg.sender, registration.salt);
        if (_models[modelId].number != 0) revert ModelExists(modelId);
        uint64 number = modelCount + 1;
        _checkNotice(registration.noticePeriod);
        _checkRoyalty(registration.royalty);
        registration.split.check();
        registration.parents.check(number, numberOf);
        if (registration.gateways.length > MOST_GATEWAYS) {
            revert TooManyGateways(registration.gateways.length, MOST_GATEWAYS);
        }

        modelCount = number;
        Model storage model = _models[modelId];
        model.number = number;
        model.noticePeriod = registration.noticePeriod;
        model.newestRoyalty = registration.royalty;
        model.identityHash = registration.identityHash;
        model.metadataHash = registration.metadataHash;
        model.uri = registration.uri;
        _remember(modelId);
        payAddress = address(new ModelAccount{salt: modelId}(vault));

        emit ModelRegistered(
            modelId,
            number,
            msg.sender,
            payAddress,
            registration.noticePeriod,
            registration.identityHash,
            registration.metadataHash,
            registration.uri
        );
        // Without a callback: a creator that is a contract knows what it asked for.
        _mint(msg.sender, uint256(modelId));
        registration.split.log(modelId, 1, uint64(block.timestamp));
        emit LineageSet(modelId, 1, uint64(block.timestamp), registration.parents);
        emit RoyaltySet(modelId, 1, uint64(block.timestamp), registration.royalty);
        for (uint256 i = 0; i < registration.gateways.length; ++i) {
            _logGateway(modelId, registration.gateways[i], true);
        }
    }

    // Terms

    function setSplit(bytes32 modelId, SplitTable calldata table) external returns (uint32 version) {
        _changeTerms(modelId);
        table.check();
        uint64 effectiveAt;
        (version, effectiveAt) = _set(modelId, Term.Split, table.hash());
        table.log(modelId, version, effectiveAt);
    }

    function setLineage(bytes32 modelId, Parent[] calldata parents) external returns (uint32 version) {
        _changeTerms(modelId);
        parents.check(numberOf(modelId), numberOf);
        uint64 effectiveAt;
        (version, effectiveAt) = _set(modelId, Term.Lineage, keccak256(abi.encode(parents)));
        emit LineageSet(modelId, version, effectiveAt, parents);
    }

    function setRoyalty(bytes32 modelId, uint16 royalty) external returns (uint32 version) {
        _changeTerms(modelId);
        _checkRoyalty(royalty);
        Model storage model = _models[modelId];
        (model.royalty, model.newestRoyalty) = (_royaltyInForce(modelId), royalty);
        uint64 effectiveAt;
        (version, effectiveAt) = _set(modelId, Term.Royalty, keccak256(abi.encode(royalty)));
        emit RoyaltySet(modelId, version, effectiveAt, royalty);
    }

    function confirmSplit(bytes32 modelId, SplitTable calldata table) external returns (uint32 version) {
        _changeTerms(modelId);
        uint64 effectiveAt;
        (version, effectiveAt) = _confirm(modelId, Term.Split, table.hash());
        table.log(modelId, version, effectiveAt);
    }

    function confirmLineage(bytes32 modelId, Parent[] calldata parents) external returns (uint32 version) {
        _changeTerms(modelId);
        uint64 effectiveAt;
        (version, effectiveAt) = _confirm(modelId, Term.Lineage, keccak256(abi.encode(parents)));
        emit LineageSet(modelId, version, effectiveAt, parents);
    }

    function confirmRoyalty(bytes32 modelId, uint16 royalty) external returns (uint32 version) {
        _changeTerms(modelId);
        uint64 effectiveAt;
        (version, effectiveAt) = _confirm(modelId, Term.Royalty, keccak256(abi.encode(royalty)));
        emit RoyaltySet(modelId, version, effectiveAt, royalty);
    }

    function freeze(bytes32 modelId) external {
        _changeTerms(modelId);
        _models[modelId].isFrozen = true;
        _cancelAll(modelId);
        emit Frozen(modelId);
    }

    // Everything else that an owner says

    function setGateway(bytes32 modelId, address gateway, bool listed) external {
        _change(modelId);
        _logGateway(modelId, gateway, listed);
    }

    function setMetadata(bytes32 modelId, bytes32 metadataHash, string calldata uri) external {
        _change(modelId);
        _models[modelId].metadataHash = metadataHash;
        _models[modelId].uri = uri;
        emit MetadataSet(modelId, metadataHash, uri);
        emit MetadataUpdate(uint256(modelId));
    }

    function setStatus(bytes32 modelId, Status status) external {
        _change(modelId);
        _models[modelId].status = status;
        emit StatusSet(modelId, status);
    }

    function setPermission(
        bytes32 modelId,
        address account,
        bytes32 use,
        Permission permission,
        uint64 expires,
        bytes32 termsHash,
        string calldata uri
    ) external {
        _change(modelId);
        bool termsMissing = permission == Permission.Constrained && termsHash == 0;
        if (use == 0 || !_lasts(expires) || termsMissing) revert BadPermission(modelId, use);
        if (permission == Permission.Unset) delete _grants[modelId][account][use];
        else _grants[modelId][account][use] = Grant(permission, expires, termsHash);
        emit PermissionSet(modelId, account, use, permission, expires, termsHash, uri);
    }

    function raiseNotice(bytes32 modelId, uint32 noticePeriod) external {
        _change(modelId);
        _checkNotice(noticePeriod);
        uint32 before = _models[modelId].noticePeriod;
        if (noticePeriod <= before) revert NoticeNotRaised(noticePeriod, before);
        _models[modelId].noticePeriod = noticePeriod;
        emit NoticeRaised(modelId, noticePeriod);
    }

    // Views

    function modelIdOf(address creator, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(creator, salt));
    }

    function payAddressOf(bytes32 modelId) public view returns (address) {
        return Create2.computeAddress(modelId, accountCodeHash);
    }

    function numberOf(bytes32 modelId) public view returns (uint64) {
        return _models[modelId].number;
    }

    function noticePeriodOf(bytes32 modelId) external view returns (uint32) {
        return _models[modelId].noticePeriod;
    }

    function isFrozen(bytes32 modelId) external view returns (bool) {
        return _models[modelId].isFrozen;
    }

    function statusOf(bytes32 modelId) external view returns (Status) {
        return _models[modelId].status;
    }

    function identityOf(bytes32 modelId) external view returns (bytes32) {
        return _models[modelId].identityHash;
    }

    function metadataHashOf(bytes32 modelId) external view returns (bytes32) {
        return _models[modelId].metadataHash;
    }

    function modelOwner(bytes32 modelId) external view returns (address) {
        return _ownerOf(uint256(modelId));
    }

    function versionOf(bytes32 modelId, Term term) external view returns (uint32 version, uint64 pendingUntil) {
        if (_models[modelId].number == 0) return (0, 0);
        Newest storage newest = _newest[modelId][term];
        return (newest.number(), newest.isPending() ? newest.effectiveAt : 0);
    }

    function permissionOf(bytes32 modelId, address account, bytes32 use)
        external
        view
        returns (Permission permission, uint64 expires, bytes32 termsHash)
    {
        Grant memory grant = _grants[modelId][account][use];
        if (!_says(grant)) grant = _grants[modelId][address(0)][use];
        if (_says(grant)) return (grant.permission, grant.expires, grant.termsHash);
    }

    function royaltyInfo(uint256 tokenId, uint256 price) external view returns (address receiver, uint256 amount) {
        _requireOwned(tokenId);
        receiver = payAddressOf(bytes32(tokenId));
        amount = Math.mulDiv(price, _royaltyInForce(bytes32(tokenId)), HUNDREDTHS_OF_A_PERCENT);
    }

    /// @dev Time alone brings a version into force, so what is pending is asked when this is read.
    function getStateFingerprint(uint256 tokenId) external view returns (bytes32) {
        _requireOwned(tokenId);
        mapping(Term => Newest) storage newest = _newest[bytes32(tokenId)];
        return keccak256(
            abi.encode(
                _models[bytes32(tokenId)].history,
                newest[Term.Split].isPending(),
                newest[Term.Lineage].isPending(),
                newest[Term.Royalty].isPending()
            )
        );
    }

    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        return _models[bytes32(tokenId)].uri;
    }

    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC2981).interfaceId || interfaceId == ERC4906_ID || interfaceId == ERC5646_ID
            || super.supportsInterface(interfaceId);
    }

    // Inside: who may, and the history

    function _change(bytes32 modelId) private {
        if (_models[modelId].number == 0) revert UnknownModel(modelId);
        if (_ownerOf(uint256(modelId)) != msg.sender) revert NotOwner(modelId, msg.sender);
        _remember(modelId);
    }

    function _changeTerms(bytes32 modelId) private {
        _change(modelId);
        if (_models[modelId].isFrozen) revert ModelFrozen(modelId);
    }

    /// @dev The call's data says all that is done, but for the time from which a notice period runs.
    function _remember(bytes32 modelId) private {
        Model storage model = _models[modelId];
        model.history = keccak256(abi.encodePacked(modelId, model.history, block.timestamp, msg.data));
    }

    // Inside: versions

    function _set(bytes32 modelId, Term term, bytes32 content) private returns (uint32 version, uint64 effectiveAt) {
        _cancel(modelId, term);
        effectiveAt = uint64(block.timestamp) + _models[modelId].noticePeriod;
        version = _newest[modelId][term].set(content, effectiveAt);
    }

    function _confirm(bytes32 modelId, Term term, bytes32 content)
        private
        returns (uint32 version, uint64 effectiveAt)
    {
        Newest storage newest = _newest[modelId][term];
        effectiveAt = newest.effectiveAt;
        // Later, it would be in force at once and the notice that was given of it forgotten.
        bool late = block.timestamp > effectiveAt;
        if (late || !newest.isConfirmable || newest.contentHash != content) revert NothingToConfirm(modelId, term);
        version = newest.set(content, effectiveAt);
    }

    /// @dev A change of hands ends what the seller had announced and the buyer may not have seen.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from != address(0) && _cancelAll(bytes32(tokenId))) _remember(bytes32(tokenId));
    }

    function _cancelAll(bytes32 modelId) private returns (bool any) {
        for (uint8 term = 0; term <= uint8(type(Term).max); ++term) {
            if (_cancel(modelId, Term(term))) any = true;
        }
    }

    function _cancel(bytes32 modelId, Term term) private returns (bool cancelled) {
        Newest storage newest = _newest[modelId][term];
        cancelled = newest.cancel();
        if (!cancelled) return false;
        uint32 version = newest.number();
        if (term == Term.Split) emit SplitCancelled(modelId, version);
        else if (term == Term.Lineage) emit LineageCancelled(modelId, version);
        else emit RoyaltyCancelled(modelId, version);
    }

    // Inside: royalty

    function _royaltyInForce(bytes32 modelId) private view returns (uint16) {
        Model storage model = _models[modelId];
        return _newest[modelId][Term.Royalty].isInForce() ? model.newestRoyalty : model.royalty;
    }

    // Inside: permissions

    function _lasts(uint64 expires) private view returns (bool) {
        return expires == 0 || block.timestamp < expires;
    }

    function _says(Grant memory grant) private view returns (bool) {
        return grant.permission != Permission.Unset && _lasts(grant.expires);
    }

    // Inside: checks

    function _logGateway(bytes32 modelId, address gateway, bool listed) private {
        if (gateway == address(0)) revert ZeroGateway(modelId);
        emit GatewaySet(modelId, gateway, listed);
    }

    function _checkNotice(uint32 noticePeriod) private pure {
        if (noticePeriod > MOST_NOTICE) revert NoticeTooLong(noticePeriod, MOST_NOTICE);
    }

    function _checkRoyalty(uint16 royalty) private pure {
        if (royalty > HUNDREDTHS_OF_A_PERCENT) revert RoyaltyExceedsWhole(royalty);
    }
}
