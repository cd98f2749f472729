// SPDX-License-Identifier: Apache-2.0
// What refuses to let go of a certificate or an authority that is in use, whoever asks (ADR-0004).
// Migrations of schema.cc: never edited once shipped.
#pragma once

#include <string_view>

namespace perennial::certificates {

// The guard again, for connections that do not enforce foreign keys. Deleting a certificate's row
// or its current version would go round it, so that is refused as well.
inline constexpr std::string_view kGuardTriggers = R"sql(
CREATE TRIGGER guarded_in_use_update BEFORE UPDATE OF id, attachable ON guarded
WHEN (NEW.attachable <> 1 OR NEW.id <> OLD.id) AND (
  EXISTS (SELECT 1 FROM association WHERE certificates_resource_id = OLD.id) OR
  EXISTS (SELECT 1 FROM issuer_link WHERE issuer_id = OLD.id))
BEGIN SELECT RAISE(ABORT, 'guarded: in use'); END;

CREATE TRIGGER guarded_in_use_delete BEFORE DELETE ON guarded
WHEN EXISTS (SELECT 1 FROM association WHERE certificates_resource_id = OLD.id) OR
  EXISTS (SELECT 1 FROM issuer_link WHERE issuer_id = OLD.id OR child_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'guarded: in use'); END;

CREATE TRIGGER certificate_in_use BEFORE DELETE ON certificate
WHEN EXISTS (SELECT 1 FROM association WHERE certificates_resource_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'certificate: in use'); END;

CREATE TRIGGER certificate_authority_in_use BEFORE DELETE ON certificate_authority
WHEN EXISTS (SELECT 1 FROM association WHERE certificates_resource_id = OLD.id) OR
  EXISTS (SELECT 1 FROM issuer_link WHERE issuer_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'certificate_authority: in use'); END;

CREATE TRIGGER certificate_version_in_use BEFORE DELETE ON certificate_version
WHEN EXISTS (SELECT 1 FROM certificate WHERE id = OLD.owner_id AND current_version = OLD.number)
BEGIN SELECT RAISE(ABORT, 'certificate_version: current'); END;

CREATE TRIGGER association_attachable_insert BEFORE INSERT ON association
WHEN NEW.attachable <> 1 OR NOT EXISTS (
  SELECT 1 FROM guarded WHERE id = NEW.certificates_resource_id AND attachable = 1)
BEGIN SELECT RAISE(ABORT, 'association: not attachable'); END;

CREATE TRIGGER association_attachable_update
BEFORE UPDATE OF certificates_resource_id, attachable ON association
WHEN NEW.attachable <> 1 OR NOT EXISTS (
  SELECT 1 FROM guarded WHERE id = NEW.certificates_resource_id AND attachable = 1)
BEGIN SELECT RAISE(ABORT, 'association: not attachable'); END;

CREATE TRIGGER issuer_link_attachable_insert BEFORE INSERT ON issuer_link
WHEN NEW.attachable <> 1 OR NOT EXISTS (
  SELECT 1 FROM guarded WHERE id = NEW.issuer_id AND attachable = 1)
BEGIN SELECT RAISE(ABORT, 'issuer_link: not attachable'); END;

CREATE TRIGGER issuer_link_attachable_update BEFORE UPDATE OF issuer_id, attachable ON issuer_link
WHEN NEW.attachable <> 1 OR NOT EXISTS (
  SELECT 1 FROM guarded WHERE id = NEW.issuer_id AND attachable = 1)
BEGIN SELECT RAISE(ABORT, 'issuer_link: not attachable'); END;
)sql";

// The same for PostgreSQL, whose WHEN takes no subquery. There nobody but a superuser goes round the
// foreign keys; the rows that none of them protects are guarded here alone.
inline constexpr std::string_view kPostgresGuardTriggers = R"sql(
CREATE FUNCTION refuse_in_use() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM association WHERE certificates_resource_id = OLD.id) OR
     EXISTS (SELECT 1 FROM issuer_link WHERE issuer_id = OLD.id) OR
     (TG_OP = 'DELETE' AND TG_TABLE_NAME = 'guarded' AND
      EXISTS (SELECT 1 FROM issuer_link WHERE child_id = OLD.id)) THEN
    RAISE EXCEPTION '%: in use', TG_TABLE_NAME;
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER guarded_in_use_update BEFORE UPDATE OF id, attachable ON guarded
FOR EACH ROW WHEN (NEW.attachable <> 1 OR NEW.id <> OLD.id) EXECUTE FUNCTION refuse_in_use();
CREATE TRIGGER guarded_in_use_delete BEFORE DELETE ON guarded
FOR EACH ROW EXECUTE FUNCTION refuse_in_use();
CREATE TRIGGER certificate_in_use BEFORE DELETE ON certificate
FOR EACH ROW EXECUTE FUNCTION refuse_in_use();
CREATE TRIGGER certificate_authority_in_use BEFORE DELETE ON certificate_authority
FOR EACH ROW EXECUTE FUNCTION refuse_in_use();

CREATE FUNCTION refuse_current() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM certificate WHERE id = OLD.owner_id AND current_version = OLD.number) THEN
    RAISE EXCEPTION 'certificate_version: current';
  END IF;
  RETURN OLD;
END $$;

CREATE TRIGGER certificate_version_in_use BEFORE DELETE ON certificate_version
FOR EACH ROW EXECUTE FUNCTION refuse_current();

CREATE FUNCTION refuse_not_attachable() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  IF NEW.attachable <> 1 OR NOT EXISTS (
    SELECT 1 FROM guarded
    WHERE attachable = 1 AND id = to_jsonb(NEW) ->> TG_ARGV[0]) THEN
    RAISE EXCEPTION '%: not attachable', TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER association_attachable
BEFORE INSERT OR UPDATE OF certificates_resource_id, attachable ON association
FOR EACH ROW EXECUTE FUNCTION refuse_not_attachable('certificates_resource_id');
CREATE TRIGGER issuer_link_attachable
BEFORE INSERT OR UPDATE OF issuer_id, attachable ON issuer_link
FOR EACH ROW EXECUTE FUNCTION refuse_not_attachable('issuer_id');
)sql";

}  // namespace perennial::certificates
